import { assertEquals, assertInstanceOf } from "@std/assert";
import { ConfigError } from "../../src/config/config_error.ts";

Deno.test("ConfigError keeps its problems and joins them in its message", () => {
  const error = new ConfigError(["a is wrong", "b is wrong"], { advice: "try c" });
  assertInstanceOf(error, Error);
  assertEquals(error.problems, ["a is wrong", "b is wrong"]);
  assertEquals([error.name, error.message, error.advice], ["ConfigError", "a is wrong; b is wrong", "try c"]);
  assertEquals(new ConfigError(["a"]).advice, "");
});

Deno.test("ConfigError shows no login", () => {
  const { problems, message } = new ConfigError(['Cannot parse "postgres://u:p@a"', "b: password=p is odd"]);
  assertEquals(problems, ['Cannot parse "postgres://***@a"', "b: password=*** is odd"]);
  assertEquals(message, problems.join("; "));
});
