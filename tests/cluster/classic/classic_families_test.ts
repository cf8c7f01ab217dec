import { assert, assertEquals } from "@std/assert";
import { classicFamilies, measureClassic } from "../../../src/cluster/classic/classic_families.ts";
import type { Facts } from "../../../src/domain/facts.ts";
import type { View } from "../../../src/domain/view.ts";
import { renderText } from "../../../src/exposition/text.ts";
import { gatherFamilies } from "../../../src/metrics/gather.ts";
import { build, buildView } from "../build_view.ts";
import { lost, reached, receiver, sender, server, slot } from "../fixtures.ts";

function linesOf(view: View): string[] {
  const { families, rejected } = gatherFamilies(measureClassic(view));
  assertEquals(rejected, []);
  return renderText(families).split("\n").filter((line) => line !== "" && !line.startsWith("# HELP"));
}

function primaryWith(facts: Facts) {
  return reached("primary", { readAt: 0, facts: { server: [server()], ...facts } });
}

const standbyFacts: Facts = {
  server: [server({ inRecovery: true })],
  senders: [],
  receiver: [receiver()],
  slots: [],
};

Deno.test("the classic families have exactly these names, labels, types and values", () => {
  const primary = primaryWith({
    senders: [
      sender({ clientAddress: "10.0.0.2", syncState: "quorum" }),
      sender({ clientAddress: "10.0.0.3", syncState: "async" }),
      sender({ clientAddress: "10.0.0.4", kind: "backup", syncState: "async" }),
    ],
    slots: [slot(), slot({ slot: "s2", active: false }), slot({ slot: "s3", active: false })],
  });
  const behind = { seconds: 12.5, bytes: 3 * 1024 * 1024 };
  const view = buildView({ snapshots: [primary, reached("standby", { readAt: 0, facts: standbyFacts })] }, {
    servers: {
      primary: { slowestStandby: behind, walBytesPerSecond: 2048.5, healthScore: 90 },
      standby: { healthScore: 85 },
    },
    standbys: { standby: { lag: { ...behind, source: "clock" } } },
  });
  assertEquals(linesOf(view), [
    "# TYPE pg_replication_connections gauge",
    'pg_replication_connections{instance="primary"} 2',
    'pg_replication_connections{instance="standby"} 0',
    "# TYPE pg_replication_health_score gauge",
    'pg_replication_health_score{instance="primary"} 90',
    'pg_replication_health_score{instance="standby"} 85',
    "# TYPE pg_replication_lag_bytes gauge",
    'pg_replication_lag_bytes{instance="primary"} 3145728',
    'pg_replication_lag_bytes{instance="standby"} 3145728',
    "# TYPE pg_replication_lag_mb gauge",
    'pg_replication_lag_mb{instance="primary"} 3',
    'pg_replication_lag_mb{instance="standby"} 3',
    "# TYPE pg_replication_lag_seconds gauge",
    'pg_replication_lag_seconds{instance="primary"} 12.5',
    'pg_replication_lag_seconds{instance="standby"} 12.5',
    "# TYPE pg_replication_slots_active gauge",
    'pg_replication_slots_active{instance="primary"} 1',
    'pg_replication_slots_active{instance="standby"} 0',
    "# TYPE pg_replication_slots_inactive gauge",
    'pg_replication_slots_inactive{instance="primary"} 2',
    'pg_replication_slots_inactive{instance="standby"} 0',
    "# TYPE pg_replication_slots_total gauge",
    'pg_replication_slots_total{instance="primary"} 3',
    'pg_replication_slots_total{instance="standby"} 0',
    "# TYPE pg_replication_sync_state gauge",
    'pg_replication_sync_state{instance="primary",client_addr="10.0.0.2"} 1',
    'pg_replication_sync_state{instance="primary",client_addr="10.0.0.3"} 0',
    'pg_replication_sync_state{instance="primary",client_addr="all"} 1',
    'pg_replication_sync_state{instance="standby",client_addr="all"} 0',
    "# TYPE pg_wal_generation_rate gauge",
    'pg_wal_generation_rate{instance="primary"} 2048.5',
    "# TYPE pg_wal_receivers gauge",
    'pg_wal_receivers{instance="primary"} 0',
    'pg_wal_receivers{instance="standby"} 1',
    "# TYPE pg_wal_senders gauge",
    'pg_wal_senders{instance="primary"} 3',
    'pg_wal_senders{instance="standby"} 0',
  ]);
});

Deno.test("the classic families carry the cluster when it has a name", () => {
  const primary = reached("primary", {
    readAt: 0,
    cluster: "main",
    facts: { server: [server()], slots: [] },
  });
  assert(
    linesOf(buildView({ snapshots: [primary] })).includes(
      'pg_replication_slots_total{instance="primary",cluster="main"} 0',
    ),
  );
});

Deno.test("an unreachable server has a score of 0 and its known lag, and nothing stale", () => {
  const standby = lost(reached("standby", { readAt: 0, facts: standbyFacts }));
  const lag = { seconds: 60, bytes: 1024, source: "clock" } as const;
  const view = buildView({ snapshots: [standby] }, { standbys: { standby: { lag } } });
  assertEquals(linesOf(view).filter((line) => !line.startsWith("#")), [
    'pg_replication_health_score{instance="standby"} 0',
    'pg_replication_lag_bytes{instance="standby"} 1024',
    'pg_replication_lag_mb{instance="standby"} 0.0009765625',
    'pg_replication_lag_seconds{instance="standby"} 60',
  ]);
});

Deno.test("what a server does not know has no sample, never 0", () => {
  const standby = reached("standby", {
    readAt: 0,
    facts: { server: [server({ inRecovery: true })], receiver: [receiver({ status: null })] },
  });
  const { view } = build({ snapshots: [primaryWith({}), standby], before: { primary: null } });
  // A primary has no receiver, that much is known; the score counts what is not known against a server.
  assertEquals(linesOf(view).filter((line) => !line.startsWith("#")), [
    'pg_replication_health_score{instance="primary"} 20',
    'pg_replication_health_score{instance="standby"} 50',
    'pg_wal_receivers{instance="primary"} 0',
  ]);
});

const syncStates = [
  { rows: [], expected: [["all", "0"]] },
  { rows: [["a", "sync"], ["a", "async"]], expected: [["a", "1"], ["all", "1"]] },
  { rows: [["a", "async"], ["a", "quorum"]], expected: [["a", "1"], ["all", "1"]] },
  { rows: [["a", "potential"], ["", "async"]], expected: [["a", "0"], ["all", "0"], ["local", "0"]] },
  { rows: [["a", null]], expected: [] },
  { rows: [["a", null], ["b", "sync"]], expected: [["all", "1"], ["b", "1"]] },
  { rows: [["a", null], ["b", "async"]], expected: [["b", "0"]] },
] as const;

for (const { rows, expected } of syncStates) {
  Deno.test(`pg_replication_sync_state of ${JSON.stringify(rows)}`, () => {
    const senders = rows.map(([clientAddress, syncState]) => sender({ clientAddress, syncState }));
    const lines = linesOf(buildView({ snapshots: [primaryWith({ senders })] }));
    assertEquals(
      lines.filter((line) => line.startsWith("pg_replication_sync_state")),
      expected.map(([address, value]) =>
        `pg_replication_sync_state{instance="primary",client_addr="${address}"} ${value}`
      ),
    );
  });
}

Deno.test("a subscriber has no lag of 0 that nobody measured; with standbys it has theirs", () => {
  const lagOf = (hasSubscriptions: boolean | null, standbys: readonly ReturnType<typeof sender>[] = []) =>
    linesOf(
      build({
        snapshots: [
          primaryWith({ server: [server({ hasSubscriptions, writePosition: 100n })], senders: standbys }),
        ],
      }).view,
    ).filter((line) => line.startsWith("pg_replication_lag_"));
  assertEquals(lagOf(true), []);
  assertEquals(lagOf(null), [], "it may have some");
  const zero = ["bytes", "mb", "seconds"].map((unit) => `pg_replication_lag_${unit}{instance="primary"} 0`);
  assertEquals(lagOf(false), zero);
  assertEquals(lagOf(true, [sender({ serverPosition: 100n, replayPosition: 100n })]), zero);
});

Deno.test("every classic family of DESIGN is there, but for the consistency check", () => {
  assertEquals(classicFamilies.map((family) => family.name).toSorted(), [
    "pg_replication_connections",
    "pg_replication_health_score",
    "pg_replication_lag_bytes",
    "pg_replication_lag_mb",
    "pg_replication_lag_seconds",
    "pg_replication_slots_active",
    "pg_replication_slots_inactive",
    "pg_replication_slots_total",
    "pg_replication_sync_state",
    "pg_wal_generation_rate",
    "pg_wal_receivers",
    "pg_wal_senders",
  ]);
});
