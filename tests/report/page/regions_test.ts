import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { REGIONS, renderRegions } from "../../../src/report/page/regions.ts";
import { HOSTILE, SERVER, STANDBY, TROUBLED, WELL } from "./reports.ts";

Deno.test("renderRegions() keeps unchanged regions identical", () => {
  const before = renderRegions(WELL).regions;
  const later = renderRegions({ ...WELL, timestamp_unix_seconds: WELL.timestamp_unix_seconds + 1 }).regions;
  assertEquals(REGIONS.filter((name) => before[name] !== later[name]), ["moment"]);
});

Deno.test("renderRegions() shows servers that belong to no cluster", () => {
  const { clusters } = renderRegions({ ...WELL, clusters: [], unassigned_servers: [SERVER] }).regions;
  assertStringIncludes(clusters, "Servers of no known cluster");
  assertStringIncludes(clusters, "db1.example");
});

Deno.test("renderRegions() has every region before the first collection", () => {
  assertEquals(Object.keys(renderRegions(null).regions).sort(), [...REGIONS].sort());
});

Deno.test("renderRegions() escapes all text from servers", () => {
  const replace = (value: unknown): unknown =>
    typeof value === "string" && !["healthy", "critical", "warning"].includes(value)
      ? value + HOSTILE
      : value;
  const hostile: unknown = JSON.parse(JSON.stringify(TROUBLED, (_, value) => replace(value)));
  if (!isReport(hostile)) throw new Error("The report lost its form");
  for (const [name, html] of Object.entries(renderRegions(hostile).regions)) {
    assertEquals(/<img|<\/script|onerror="/.test(html), false, name);
    // Every attribute is closed: only known elements are opened.
    for (const [, element = ""] of html.matchAll(/<([^\s/>!][^\s/>]*)/g)) {
      assertEquals(/^[a-z][a-z0-9]*$/.test(element), true, `${name}: <${element}>`);
    }
  }
});

function isReport(value: unknown): value is typeof TROUBLED {
  return typeof value === "object" && value !== null && "clusters" in value;
}

Deno.test("renderRegions() holds more again only with room to spare, so that rows do not come and go", () => {
  const reasonsOf = (bytes: number) => {
    const standbys = Array.from({ length: 100 }, (_, index) => ({
      ...STANDBY,
      name: `standby-${index}`,
      status: "warning" as const,
      status_reasons: ["x".repeat(bytes)],
    }));
    return { ...WELL, clusters: WELL.clusters.map((cluster) => ({ ...cluster, standbys })) };
  };
  const { most } = renderRegions(reasonsOf(5000));
  assert(most < 100);
  assertEquals(renderRegions(reasonsOf(300)).most, 100);
  assert(renderRegions(reasonsOf(300), most).most < 100, "all would fit, but barely");
  assertEquals(renderRegions(WELL, most).most, 100);
});
