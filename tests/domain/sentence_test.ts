import { assertEquals } from "@std/assert";
import { lowerFirst } from "../../src/domain/sentence.ts";

Deno.test("lowerFirst() changes the first letter alone", () => {
  assertEquals(lowerFirst("It is Here"), "it is Here");
  assertEquals(lowerFirst(""), "");
});
