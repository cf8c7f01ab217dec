import { assertEquals, assertStringIncludes } from "@std/assert";
import { didYouMean, suggest } from "../../src/config/suggestion.ts";

Deno.test("didYouMean() suggests only close names", () => {
  const names = ["web.listen-address", "log.level", "server"];
  assertEquals(didYouMean("web.listen-adress", names), ', did you mean "web.listen-address"?');
  assertEquals(didYouMean("web.listen_address", names), ', did you mean "web.listen-address"?');
  assertEquals(didYouMean("sever", names), ', did you mean "server"?');
  assertEquals(didYouMean("log.lveel", names), ', did you mean "log.level"?');
  assertEquals(didYouMean("kubernetes", names), "");
  assertEquals(didYouMean("", names), "");
  assertStringIncludes(didYouMean("x".repeat(100_000), ["x".repeat(64)]), "xx");
});

Deno.test("suggest() prefers the closest name", () => {
  assertEquals(suggest("collector.slot", ["collector.sync", "collector.slots"]), "collector.slots");
});
