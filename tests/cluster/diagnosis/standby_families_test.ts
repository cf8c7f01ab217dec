import { assertEquals } from "@std/assert";
import { measureStandbys, standbyFamilies } from "../../../src/cluster/diagnosis/standby_families.ts";
import {
  CATCH_UP_VERDICTS,
  LAG_STAGES,
  STANDBY_REASONS,
  type StandbyView,
} from "../../../src/domain/standby.ts";
import { LAG_BOUNDS_SECONDS, type StandbyLag } from "../../../src/domain/lag.ts";
import type { View } from "../../../src/domain/view.ts";
import { buildView } from "../build_view.ts";
import { reached, server } from "../fixtures.ts";

const LAG: StandbyLag = {
  server: "a",
  seconds: 12,
  bytes: 4096,
  source: "clock",
  unknownReason: null,
  unknownBecause: "",
};

const SERVERS = [
  reached("primary", { readAt: 999, cluster: "main", facts: { server: [server({ writePosition: 1n })] } }),
  reached("a", { readAt: 999, cluster: "main", facts: { server: [server({ inRecovery: true })] } }),
];

/** A view with nothing but these standbys. */
function viewWith(...standbys: readonly StandbyView[]): View {
  return buildView({ snapshots: SERVERS }, {
    servers: { a: { replayBytesPerSecond: 7, lag: LAG } },
    view: { standbys },
  });
}

const STANDBY: StandbyView = {
  name: "a",
  configured: true,
  cluster: "main",
  systemIdentifier: "1",
  clusterKey: "main 1",
  sender: null,
  upstream: "primary",
  upstreamUp: true,
  connected: false,
  connectedChangedAt: 940,
  lag: LAG,
  upstreamLagSeconds: 3,
  lastPosition: 0x3000000n,
  reason: "disconnected",
  reasonText: "It has no receiver",
  stage: "transport",
  catchUp: "needs_archive",
  catchUpText: "The upstream has removed it",
  catchUpSeconds: null,
  fallingBehind: true,
};

/** Samples of these standbys that are not 0, as `name{instance,label} value`. */
function published(...standbys: readonly StandbyView[]): readonly string[] {
  const measured = [...measureStandbys(viewWith(...standbys))]
    .filter(({ labels }) => standbys.some(({ name }) => name === labels.instance));
  for (const { family } of measured) assertEquals(standbyFamilies.includes(family), true, family.name);
  return measured.filter(({ value }) => value !== 0).map(({ family, labels, value }) => {
    const { instance, cluster, ...others } = labels;
    return `${family.name.replace("pgrepl_standby_", "")} ${
      [instance, cluster, ...Object.values(others)].join("/")
    } ${value}`;
  });
}

/** How many samples a family has. */
function samplesOf(name: string, standby: StandbyView): number {
  const measured = [...measureStandbys(viewWith(standby))];
  return measured.filter(({ family }) => family.name === `pgrepl_standby_${name}`).length;
}

Deno.test("measureStandbys() publishes everything that is known of a standby, one state of each set", () => {
  assertEquals(published(STANDBY), [
    "upstream_up a/main 1",
    "lag_seconds a/main 12",
    "lag_source a/main/clock 1",
    "lag_bytes a/main 4096",
    "connection_age_seconds a/main 60",
    "upstream_lag_seconds a/main 3",
    `last_position_bytes a/main ${0x3000000}`,
    "reason a/main/disconnected 1",
    "stage a/main/transport 1",
    "can_catch_up a/main/needs_archive 1",
    "falling_behind a/main 1",
    "replay_bytes_per_second a/main 7",
  ]);
  assertEquals(samplesOf("connected", STANDBY), 1);
  assertEquals(samplesOf("reason", STANDBY), STANDBY_REASONS.length);
  assertEquals(samplesOf("stage", STANDBY), LAG_STAGES.length);
  assertEquals(samplesOf("can_catch_up", STANDBY), CATCH_UP_VERDICTS.length);
  assertEquals(samplesOf("catchup_seconds", STANDBY), 0);
});

Deno.test("measureStandbys() publishes nothing that is not known", () => {
  const unknown: StandbyView = {
    ...STANDBY,
    name: "walreceiver#2",
    configured: false,
    upstreamUp: null,
    connected: null,
    connectedChangedAt: null,
    upstreamLagSeconds: null,
    lastPosition: null,
    reason: null,
    stage: null,
    catchUp: null,
    fallingBehind: null,
    lag: { ...LAG, seconds: null, bytes: null, source: null, unknownReason: "never_seen" },
  };
  assertEquals(published(unknown), ["lag_unknown walreceiver#2/main/never_seen 1"]);
  const families = new Set(
    [...measureStandbys(viewWith(unknown))].filter(({ labels }) => labels.instance === unknown.name)
      .map(({ family }) => family.name),
  );
  assertEquals([...families], ["pgrepl_standby_lag_unknown"]);
});

Deno.test("measureStandbys() of a standby that has caught up has every stage, all 0", () => {
  const caughtUp = { ...STANDBY, stage: null, lag: { ...LAG, seconds: 0, bytes: 0 } };
  assertEquals(samplesOf("stage", caughtUp), LAG_STAGES.length);
  assertEquals(published(caughtUp).filter((each) => each.startsWith("stage")), []);
  assertEquals(samplesOf("stage", { ...caughtUp, lag: { ...LAG, bytes: null } }), 0);
});

Deno.test("measureStandbys() says why the lag of a server of no known cluster is unknown", () => {
  const ofIdentifier = (name: string, systemIdentifier: string | null) =>
    reached(name, {
      readAt: 999,
      cluster: "main",
      facts: { server: [server({ inRecovery: name === "a", systemIdentifier })] },
    });
  const view = buildView({
    snapshots: [ofIdentifier("a", null), ofIdentifier("b", "1"), ofIdentifier("c", "2")],
  });
  const told = [...measureStandbys(view)].filter(({ value }) => value === 1);
  assertEquals(told.map(({ family, labels }) => [family.name, labels]), [[
    "pgrepl_standby_lag_unknown",
    { instance: "a", cluster: "main", reason: "identity_unknown" },
  ]]);
});

Deno.test("measureStandbys() publishes what was sampled, of each name, and it does not change afterwards", () => {
  const counts = [5, ...Array.from({ length: LAG_BOUNDS_SECONDS.length }, () => 0)];
  const lastHour = { within: 5, beyond: 0, unknown: 2 };
  const samples = { counts, sum: 1.5, unknown: 2, createdUnixSeconds: 7, lastHour };
  const view = { ...viewWith(STANDBY), lagSamples: new Map([["main/a", samples]]) };
  const measured = [...measureStandbys(view)].filter(({ family }) => family.name.includes("_sampled_"));
  counts[0] = 6;
  assertEquals(measured.map(({ family: { name }, labels, value }) => [name, labels, value]), [
    ["pgrepl_standby_lag_sampled_seconds", { instance: "a", cluster: "main" }, 5],
    ["pgrepl_standby_lag_sampled_unknown_total", { instance: "a", cluster: "main" }, 2],
  ]);
  assertEquals(measured[0]?.histogram?.counts[0], 5);
  assertEquals(measured[0]?.histogram?.bounds, LAG_BOUNDS_SECONDS);
});
