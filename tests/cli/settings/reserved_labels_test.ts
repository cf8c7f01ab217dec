import { assertEquals } from "@std/assert";
import { metricNames } from "../../../compose/build/docs.ts";
import { reservedLabels } from "../../../src/cli/settings/reserved_labels.ts";
import { collectors } from "../../../src/collectors/registry.ts";

Deno.test("reservedLabels() has what identifies servers, standbys and slots, and what Prometheus uses", () => {
  const reserved = reservedLabels(collectors);
  for (const name of ["instance", "cluster", "slot", "standby", "collector", "client_addr", "job", "le"]) {
    assertEquals(reserved.has(name), true, name);
  }
  assertEquals([reserved.has("team"), reserved.has("zone")], [false, false]);
  assertEquals(metricNames().length > 100, true);
});
