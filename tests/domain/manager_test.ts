import { assertEquals } from "@std/assert";
import { isService, MANAGERS, stopsCleanly } from "../../src/domain/manager.ts";

Deno.test("a promoted replica of a service leaves the primary running; only Stolon, of the others, declares it failed", () => {
  assertEquals(MANAGERS.filter(isService), ["rds", "alloydb", "cloud_sql", "azure"]);
  assertEquals(MANAGERS.filter((each) => !isService(each) && !stopsCleanly(each)), ["stolon"]);
  assertEquals(MANAGERS.filter((each) => isService(each) && stopsCleanly(each)), []);
});
