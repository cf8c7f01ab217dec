import { assertEquals } from "@std/assert";
import { deriveReportManager, describeManager, managerTitle } from "../../src/report/manager.ts";

Deno.test("deriveReportManager() names the manager for programs and for people", () => {
  assertEquals(deriveReportManager(null), null);
  const found = deriveReportManager({
    manager: "patroni",
    certainty: "likely",
    by: ["sessions", "settings"],
    clusterName: "shop",
  });
  assertEquals(found, {
    name: "patroni",
    title: "Patroni",
    certainty: "likely",
    by: ["sessions", "settings"],
  });
  if (found === null) return;
  assertEquals(managerTitle(found), "probably Patroni");
  assertEquals(managerTitle({ ...found, certainty: "certain" }), "Patroni");
  assertEquals(describeManager(found), "Probably managed by Patroni: sessions; settings");
});
