import { assertEquals } from "@std/assert";
import { collectors } from "../../src/collectors/registry.ts";
import type { CompatExporter } from "../../src/domain/compat.ts";
import { measureServers } from "../../src/scrape/measure_servers.ts";
import { NOW, viewOf } from "../cluster/findings/views.ts";

/** Names of the families of a server. */
function familiesOf(isUp: boolean): ReadonlySet<string> {
  const view = viewOf({ primarySnapshot: { up: isUp } });
  const measured = measureServers({
    watches: view.servers.map((snapshot) => ({ snapshot, connects: 1, errors: new Map() })),
    view,
    collectors,
    now: NOW,
  });
  return new Set(
    [...measured].filter(({ labels }) => labels["instance"] === "primary").map(({ family }) => family.name),
  );
}

Deno.test("measureServers() measures watches, facts and the view", () => {
  const names = familiesOf(true);
  for (
    const name of ["pgrepl_connects_total", "pgrepl_slot_active", "pg_replication_slots_total", "pgrepl_up"]
  ) {
    assertEquals(names.has(name), true, name);
  }
});

Deno.test("measureServers() adds other exporters' names, which replace ours", () => {
  const view = viewOf({});
  const measured = (
    compat: ReadonlySet<CompatExporter>,
  ) => [...measureServers({ watches: [], view, collectors: [], now: NOW, compat })];
  const labelsOf = (compat: ReadonlySet<CompatExporter>, name: string) =>
    new Set(
      measured(compat).filter(({ family }) => family.name === name).map(({ family }) => family.labels.join()),
    );
  const ours = new Set(["instance,cluster"]);
  assertEquals(labelsOf(new Set(), "pg_replication_slots_active"), ours);
  assertEquals(labelsOf(new Set(["pg_exporter"]), "pg_replication_slots_active"), ours);
  const theirs = labelsOf(new Set(["postgres_exporter"]), "pg_replication_slots_active");
  assertEquals(theirs, new Set(["instance,cluster,slot_name,database,server"]));
  assertEquals([labelsOf(new Set(), "pg_lag").size, labelsOf(new Set(["pg_exporter"]), "pg_lag").size], [
    0,
    1,
  ]);
});

Deno.test("measureServers() does not repeat facts of a server that is down", () => {
  const names = familiesOf(false);
  assertEquals([names.has("pgrepl_slot_active"), names.has("pgrepl_timeline")], [false, false]);
  assertEquals([names.has("pgrepl_connects_total"), names.has("pgrepl_up")], [true, true]);
});
