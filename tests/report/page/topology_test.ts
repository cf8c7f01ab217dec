import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { renderTopology } from "../../../src/report/page/topology.ts";
import { CLUSTER, CUT_OFF, edgeTo, SERVER, STANDBY, textOf, TROUBLED } from "./reports.ts";

const TROUBLED_CLUSTER = TROUBLED.clusters[0] ?? CLUSTER;

/** The drawing's edges as class and label. */
function edgesOf(html: string): readonly string[] {
  return [...html.matchAll(/<g class="edge ([^"]+)".*?<text[^>]*>([^<]*)<\/text>/g)]
    .map(([, kind, label]) => `${kind}: ${label}`);
}

Deno.test("renderTopology() labels edges with lag, and dashes disconnected ones", () => {
  assertEquals(edgesOf(renderTopology(TROUBLED_CLUSTER).text), [
    "healthy: 0 s",
    "critical cut-off: no link, 3 min 12 s",
  ]);
});

Deno.test("renderTopology() has the edges in words, for a screen reader", () => {
  const linksOf = (edges: (typeof TROUBLED_CLUSTER)["edges"]) =>
    [...renderTopology({ ...TROUBLED_CLUSTER, edges }).text.matchAll(/<span class="link">(.*?)<\/span>/g)]
      .map(([, text]) => text);
  assertEquals(linksOf(TROUBLED_CLUSTER.edges), [
    "follows <bdi>primary</bdi>, connected, lag 0 s",
    "follows <bdi>primary</bdi>, disconnected, lag 3 min 12 s",
  ]);
  assertEquals(
    linksOf([{ ...edgeTo(CUT_OFF), lag_seconds: null, lag_bytes: null, connected: null }]).at(-1),
    "follows <bdi>primary</bdi>, connection unknown, lag unknown",
  );
});

Deno.test("renderTopology() shows bytes when seconds are unknown, and unknown values", () => {
  const edges = [
    { ...edgeTo(STANDBY), lag_seconds: null, lag_bytes: 2048 },
    { ...edgeTo(CUT_OFF), lag_seconds: null, lag_bytes: null, connected: null },
  ];
  assertEquals(edgesOf(renderTopology({ ...TROUBLED_CLUSTER, edges }).text), [
    "healthy: 2.0 KiB",
    "critical cut-off: lag unknown",
  ]);
});

Deno.test("renderTopology() has the same as a nested list", () => {
  const cascade = { ...STANDBY, name: "cascade", upstream: "standby" };
  const html = renderTopology({
    ...CLUSTER,
    standbys: [STANDBY, cascade],
    edges: [edgeTo(STANDBY), edgeTo(cascade)],
  }).text;
  const list = html.slice(html.indexOf('<div class="tree"'));
  assertMatch(list, /primary<.*<ul><li[^>]*>.*standby<.*<ul><li[^>]*>.*cascade</);
  assertStringIncludes(textOf(list), "cascade streaming follows standby, connected, lag 0 s");
  assertMatch(html, /<svg class="drawing"[^>]* aria-hidden="true"/);
});

Deno.test("renderTopology() draws 50 standbys closely, the worst first", () => {
  const standbys = Array.from({ length: 50 }, (_, index) => ({
    ...(index === 49 ? CUT_OFF : STANDBY),
    name: `standby${index}`,
  }));
  const html = renderTopology({ ...CLUSTER, servers: [SERVER], standbys, edges: standbys.map(edgeTo) }).text;
  assertEquals([...html.matchAll(/<g class="node /g)].length, 51);
  const names = [...html.matchAll(/<text class="name"[^>]*>([^<]*)</g)].map(([, name]) => name);
  assertEquals(names.slice(0, 3), ["primary", "standby49", "standby0"]);
});

Deno.test("renderTopology() draws a server that has two names once", () => {
  const servers = [...CLUSTER.servers, { ...SERVER, name: "vip", alias_of: SERVER.name }];
  assertEquals(renderTopology({ ...CLUSTER, servers }).text, renderTopology(CLUSTER).text);
});

Deno.test("renderTopology() shows two primaries as critical", () => {
  const html =
    renderTopology({ ...CLUSTER, primaries: ["primary", "standby"], standbys: [], edges: [] }).text;
  assertEquals([...html.matchAll(/<g class="node critical"/g)].length, 2);
});

Deno.test("renderTopology() cuts long names but keeps their ends", () => {
  const name = "pg-standby-eu-central-1a-orders-7";
  const standbys = [{ ...STANDBY, name }];
  const html = renderTopology({ ...CLUSTER, servers: [SERVER], standbys, edges: standbys.map(edgeTo) }).text;
  assertStringIncludes(html, ">pg-st…-1a-orders-7</text>");
  assertStringIncludes(html, `<title>${name}: `);
});
