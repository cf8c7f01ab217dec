import { assertEquals } from "@std/assert";
import { fromSource, mergeParameters } from "../../src/config/connection_parameters.ts";

type Values = Readonly<Record<string, string>>;

/** Keyword to value and source. */
function merge(own: Values, defaults: Values): Values {
  const merged = mergeParameters(
    fromSource(Object.entries(own), "own"),
    fromSource(Object.entries(defaults), "environment"),
  );
  return Object.fromEntries(
    [...merged].map(([keyword, { value, source }]) => [keyword, `${value} (${source})`]),
  );
}

Deno.test("fromSource() gives all values one source", () => {
  assertEquals([...fromSource([["user", "a"], ["port", "1"]], "DSN")], [
    ["user", { value: "a", source: "DSN" }],
    ["port", { value: "1", source: "DSN" }],
  ]);
});

Deno.test("mergeParameters() keeps the source of each value", () => {
  assertEquals(merge({ user: "a", sslmode: "require" }, { user: "b", port: "1" }), {
    user: "a (own)",
    sslmode: "require (own)",
    port: "1 (environment)",
  });
});

Deno.test("mergeParameters() does not combine a host with the default address", () => {
  const there = { host: "x", hostaddr: "10.0.0.2" };
  assertEquals(merge({ host: "db1" }, there), { host: "db1 (own)" });
  assertEquals(merge({ hostaddr: "10.0.0.1" }, there), { hostaddr: "10.0.0.1 (own)" });
  assertEquals(merge({}, there), { host: "x (environment)", hostaddr: "10.0.0.2 (environment)" });
});

Deno.test("mergeParameters() keeps one password: the connection's own, its own file, or the default", () => {
  for (const there of [{ password: "all" }, { password_file: "/all" }]) {
    assertEquals(merge({ password: "p", password_file: "/f" }, there), { password: "p (own)" });
    assertEquals(merge({ password: "p" }, there), { password: "p (own)" });
    assertEquals(merge({ password_file: "/f" }, there), { password_file: "/f (own)" });
  }
  assertEquals(merge({}, { password_file: "/all" }), { password_file: "/all (environment)" });
});
