/**
 * Whatever there are thousands of, what a person reads stays short: slots, servers, senders, clusters.
 */
import { assert } from "@std/assert";
import { FindingMemory } from "../../src/cluster/findings/finding_memory.ts";
import { derivePreflight } from "../../src/cluster/preflight/derive_preflight.ts";
import { deriveDoctor } from "../../src/report/doctor.ts";
import { renderDoctorText } from "../../src/report/doctor_text.ts";
import type { Report } from "../../src/report/model.ts";
import { renderPage, renderPageState } from "../../src/report/page/page.ts";
import { derivePreflightReport } from "../../src/report/preflight.ts";
import { renderPreflightText } from "../../src/report/preflight_text.ts";
import { renderReportText } from "../../src/report/text/report.ts";
import { findingSection } from "../../src/report/terminal/sections.ts";
import { plainLine } from "../../src/report/terminal/plain.ts";
import { slot } from "../cluster/fixtures.ts";
import { row, World } from "../cluster/world.ts";
import { reportOf } from "./golden_views.ts";
import { manySubscriptions } from "./subscription_views.ts";
import { NOW, viewOf } from "../cluster/findings/views.ts";

const STANDBYS = 1000;
const SLOTS = 2500;
const TEXT = { width: 100, color: false, most: 30 };
const BUILD = { version: "", revision: "" };

/** A primary with many standbys after `change` has happened to them. */
function worldOf(change: (world: World) => void): World {
  const world = new World({ expectedStandbys: STANDBYS, now: NOW });
  const primary = world.add("primary", { position: 0x5000000n });
  const standbys = Array.from(
    { length: STANDBYS },
    (_, index) =>
      world.add(`standby-${index}.eu-central-1.example.com`, {
        inRecovery: true,
        position: 0x5000000n,
        replayed: 0x5000000n,
      }),
  );
  primary.senders = standbys.map((standby, index) => row(standby, { pid: 100 + index }));
  world.collectAtOnce();
  change(world);
  world.now += 5;
  world.collectAtOnce();
  return world;
}

const inactive = Array.from({ length: SLOTS }, (_, index) =>
  slot({
    slot: `subscription_${index}`,
    type: index % 2 === 0 ? "logical" : "physical",
    active: false,
    restartPosition: 100n,
    retainedBytes: 1024 ** 3 + index,
    walStatus: "extended",
  }));

/** A hundred points of the last hour for every standby. */
function withHistories(report: Report): Report {
  const lag_history = Array.from({ length: 240 }, (_, index) => ({
    unix_seconds: report.timestamp_unix_seconds - 15 * index,
    lag_seconds: 17.3 * (index % 7),
    lag_bytes: 1,
  })).reverse();
  return {
    ...report,
    clusters: report.clusters.map((cluster) => ({
      ...cluster,
      standbys: cluster.standbys.map((standby) => ({ ...standby, lag_history })),
    })),
  };
}

function everyServer(world: World, change: Partial<World["servers"][number]>): void {
  for (const server of world.servers.slice(1)) Object.assign(server, change);
}

const SCENES: Readonly<Record<string, (world: World) => void>> = {
  "1,000 healthy standbys": () => {},
  "1,000 standbys that are unreachable": (world) => everyServer(world, { reachable: false }),
  "1,000 standbys that do not stream": (world) => {
    everyServer(world, { receiver: null });
    for (const server of world.servers.slice(0, 1)) server.senders = [];
  },
  "1,000 servers that are unreachable": (world) => {
    for (const server of world.servers) server.reachable = false;
  },
  "2,500 inactive slots": (world) => {
    for (const server of world.servers.slice(0, 1)) server.slots = inactive;
  },
};

for (const [name, change] of Object.entries(SCENES)) {
  Deno.test(`${name}: report, doctor, preflight, page, events and screen stay short`, () => {
    const bare = worldOf(change).view();
    const view = { ...bare, findings: new FindingMemory().findingsOf(bare) };
    assertShort(withHistories(reportOf(view)));
    const preflight = derivePreflightReport(derivePreflight(view, "standby-7.eu-central-1.example.com"), {
      wallNow: 0,
      build: BUILD,
    });
    const lines = renderPreflightText(preflight, TEXT).split("\n").length;
    assert(lines < 250, `preflight: ${lines} lines`);
  });
}

Deno.test("1,000 clusters, and 1,000 servers of no cluster: report, doctor, page, events and screen stay short", () => {
  const report = withHistories(reportOf(viewOf()));
  const clusters = Array.from(
    { length: 1000 },
    (_, index) => report.clusters.map((cluster) => ({ ...cluster, name: `cluster-${index}.example.com` })),
  ).flat();
  assertShort({ ...report, clusters });
  const servers = clusters.flatMap((cluster) => cluster.servers).map((server, index) => ({
    ...server,
    name: `${server.name}-${index}`,
    up: false,
    trouble: "Nothing listens there: is the server running? ".repeat(5),
  }));
  assertShort({ ...report, unassigned_servers: servers });
});

Deno.test("1,000 subscriptions: report, doctor, page, events and screen stay short", () => {
  assertShort({ ...reportOf(viewOf()), status: "warning", subscriptions: manySubscriptions(1000) });
});

function assertShort(report: Report): void {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  const lines = (text: string) => text.split("\n").length;
  const page = renderPage(report, { version: "", telemetryPath: "/metrics", build: "" });
  const sizes = {
    page: [bytes(page), 300_000],
    events: [bytes(JSON.stringify(renderPageState(report, ""))), 300_000],
    doctor: [lines(renderDoctorText(deriveDoctor(report), TEXT)), 500],
    report: [lines(renderReportText(report, TEXT)), 1000],
    screen: [findingSection(report).lines.length, 50],
    plain: [plainLine(report).length, 100_000],
  };
  for (const [what, [size = 0, most = 0]] of Object.entries(sizes)) {
    assert(size < most, `${what}: ${size}, at most ${most}`);
  }
}
