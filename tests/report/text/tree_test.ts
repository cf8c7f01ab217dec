import { assertEquals } from "@std/assert";
import type { ReportCluster, ReportEdge } from "../../../src/report/model.ts";
import { layTree } from "../../../src/report/text/tree.ts";
import { goldenReport } from "../golden_views.ts";

function clusterOf(names: readonly string[], edges: readonly (readonly [string, string])[]): ReportCluster {
  const [cluster] = goldenReport("one_standby_well").clusters;
  const server = cluster?.servers[0];
  if (cluster === undefined || server === undefined) throw new Error("No cluster");
  return {
    ...cluster,
    servers: names.map((name) => ({ ...server, name })),
    standbys: [],
    primaries: ["p"],
    edges: edges.map(([upstream, downstream]): ReportEdge => ({
      upstream,
      downstream,
      joined_by: "slot",
      connected: true,
      lag_seconds: 0,
      lag_bytes: 0,
      status: "healthy",
    })),
  };
}

const draw = (cluster: ReportCluster) =>
  layTree(cluster).map((line) => line.map(({ text }) => text).join("").replace(/ {2}primary.*/, ""));

Deno.test("layTree() draws cascading standbys, the primary first", () => {
  assertEquals(
    draw(clusterOf(["a", "b", "p", "c", "d"], [["p", "a"], ["a", "b"], ["b", "c"], ["p", "d"]])),
    ["p", "├─ a", "│  └─ b", "│     └─ c", "└─ d"],
  );
});

Deno.test("layTree() shows servers without an upstream, and cuts cycles", () => {
  assertEquals(draw(clusterOf(["p", "a", "b"], [["a", "b"], ["b", "a"]])), ["p", "a", "└─ b"]);
  assertEquals(draw(clusterOf(["p", "a"], [["a", "a"]])), ["p", "a"]);
  assertEquals(draw(clusterOf(["p", "a"], [["gone", "a"]])), ["p", "a"]);
});

Deno.test("layTree() shows unconfigured standbys", () => {
  const { clusters: [cluster] } = goldenReport("one_standby_well");
  const [standby] = cluster?.standbys ?? [];
  if (cluster === undefined || standby === undefined) throw new Error("No standby");
  const other = { ...standby, name: "walreceiver", configured: false };
  const lines = layTree({ ...cluster, standbys: [standby, other] })
    .map((line) => line.map(({ text }) => text).join(""));
  assertEquals(lines.at(-1), "walreceiver  streaming, 0.0s behind, 0 B, not configured");
});

Deno.test("layTree() puts the description below a long name when there is no room", () => {
  const long = "a-server-with-a-long-name.example";
  const cluster = clusterOf(["p", long, "x"], [["p", long], [long, "x"]]);
  const lines = layTree(cluster, { width: 44 }).map((line) => line.map(({ text }) => text).join(""));
  assertEquals(lines, [
    "p  primary, timeline 1",
    `└─ ${long}`,
    "     primary, timeline 1",
    "   └─ x  primary, timeline 1",
  ]);
  assertEquals(layTree(cluster).length, 3);
});
