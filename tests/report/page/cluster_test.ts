import { assertEquals, assertStringIncludes } from "@std/assert";
import { renderCluster } from "../../../src/report/page/cluster.ts";
import type { ReportCluster } from "../../../src/report/model.ts";
import { CLUSTER, NOW, textOf } from "./reports.ts";

function tilesOf(changes: Partial<ReportCluster>): string {
  const { text } = renderCluster({ ...CLUSTER, ...changes }, { now: NOW, index: 1 });
  return textOf(text.slice(text.indexOf("<dl"), text.indexOf("</dl>")));
}

Deno.test("renderCluster() begins with its figures", () => {
  assertEquals(
    tilesOf({}),
    "Primary primary at 0/5000060, timeline 1 Standbys healthy 1 of 1 Largest lag 0 s 0 B " +
      "WAL written 2.0 KiB/s Synchronous commit off commits wait for no standby Failovers seen 0",
  );
});

Deno.test("renderCluster() shows unknown values, and counts unhealthy standbys", () => {
  const summary = {
    ...CLUSTER.summary,
    total_standbys: 4,
    critical_standbys: 1,
    warning_standbys: 1,
    unknown_standbys: 1,
    max_lag_seconds: null,
    max_lag_bytes: null,
  };
  assertEquals(
    tilesOf({ primary: null, primaries: [], servers: [], synchronous: null, summary }),
    "Primary none seen Standbys healthy 1 of 4 1 critical, 1 warning, 1 unknown Largest lag unknown " +
      "WAL written unknown Synchronous commit unknown Failovers seen 0",
  );
});

Deno.test("renderCluster() names both primaries of a split brain, and counts waiting commits", () => {
  const synchronous = {
    names: "ANY 1 (a, b)",
    required: 1,
    met: 0,
    spare: 0,
    commits_waiting: 2,
    oldest_wait_seconds: 12.3,
    status: "critical",
  } as const;
  const text = tilesOf({ primaries: ["primary", "standby"], synchronous });
  assertStringIncludes(text, "Primaries primary, standby primary at ");
  assertStringIncludes(text, "0 of 1 streaming ANY 1 (a, b): 0 spare; 2 commits wait, the oldest for 12.3 s");
});

Deno.test("renderCluster() is a region with the cluster's name", () => {
  const { text } = renderCluster({ ...CLUSTER, name: "orders" }, { now: NOW, index: 1 });
  assertStringIncludes(text, 'aria-labelledby="cluster-1"');
  assertStringIncludes(text, '<h2 id="cluster-1">Cluster <bdi>orders</bdi>');
});

Deno.test("renderCluster() says who manages the cluster, and by what that is known", () => {
  const manager = {
    name: "patroni",
    title: "Patroni",
    certainty: "likely" as const,
    by: ['sessions named "Patroni"', "<b>"],
  };
  const { text } = renderCluster({ ...CLUSTER, manager }, { now: NOW, index: 1 });
  assertStringIncludes(textOf(text), 'Managed by probably Patroni sessions named "Patroni"; <b>');
  assertEquals(renderCluster(CLUSTER, { now: NOW, index: 1 }).text.includes("Managed"), false);
});
