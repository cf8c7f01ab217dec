import { assertEquals, assertNotEquals } from "@std/assert";
import { findingPlaceKey, subjectOfFinding } from "../../src/report/finding_subject.ts";
import { FINDING } from "./page/reports.ts";

const SHOP = { name: "shop", system_identifier: "1" };
const COPY = { name: "copy", system_identifier: "1" };
const UNNAMED = { name: "", system_identifier: "2" };

Deno.test("subjectOfFinding() names server and subject, each once", () => {
  const of = (server: string, subject: string) => subjectOfFinding({ ...FINDING, server, subject }, [SHOP]);
  assertEquals([of("db1", ""), of("db1", "db1"), of("db1", "slot_a")], ["db1", "db1", "db1, slot_a"]);
});

Deno.test("subjectOfFinding() calls a cluster by its name; by its identifier only when there are others", () => {
  const of = ({ name, system_identifier: id }: typeof SHOP, clusters: readonly (typeof SHOP)[]) =>
    subjectOfFinding(
      { ...FINDING, server: "cluster", cluster: name, system_identifier: id, subject: name || id },
      clusters,
    );
  assertEquals([of(SHOP, [SHOP, COPY]), of(COPY, [SHOP, COPY])], ["cluster shop", "cluster copy"]);
  assertEquals(of(UNNAMED, [SHOP, UNNAMED]), "cluster 2");
  assertEquals(of(UNNAMED, [UNNAMED]), "the whole cluster");
});

Deno.test("subjectOfFinding() of several clusters is what they share", () => {
  const finding = { ...FINDING, server: "cluster", cluster: "", system_identifier: null, subject: "7" };
  assertEquals(subjectOfFinding(finding, [SHOP, COPY]), "7");
});

Deno.test("findingPlaceKey() tells equal names on two servers apart", () => {
  assertNotEquals(findingPlaceKey("a", "s"), findingPlaceKey("b", "s"));
});
