import { assertEquals } from "@std/assert";
import { placeOf } from "../../src/report/finding_subject.ts";
import { FINDING } from "./page/reports.ts";

const SHOP = { name: "shop", system_identifier: "1" };
const UNNAMED = { name: "", system_identifier: "2" };

Deno.test("placeOf() names server and subject, each once", () => {
  const of = (server: string, subject: string) => placeOf({ ...FINDING, server, subject }, [SHOP]);
  assertEquals([of("db1", ""), of("db1", "db1"), of("db1", "slot_a")], ["db1", "db1", "db1, slot_a"]);
});

Deno.test("placeOf() calls a cluster by its name; by its identifier only when there are others", () => {
  const of = (id: string, clusters: readonly (typeof SHOP)[]) =>
    placeOf({ ...FINDING, server: "cluster", system_identifier: id, subject: id }, clusters);
  assertEquals(of("1", [SHOP, UNNAMED]), "cluster shop");
  assertEquals(of("2", [SHOP, UNNAMED]), "cluster 2");
  assertEquals(of("2", [UNNAMED]), "the whole cluster");
});
