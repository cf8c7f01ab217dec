import { assertEquals, assertThrows } from "@std/assert";
import { parseConninfoPairs } from "../../src/config/conninfo_pairs.ts";

const wellFormed: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["", {}],
  ["   ", {}],
  ["host=a port=5433", { host: "a", port: "5433" }],
  [" host = a   port\n=\t5433 ", { host: "a", port: "5433" }],
  ["password='a b' user=u", { password: "a b", user: "u" }],
  [String.raw`password='it\'s \\' user=u`, { password: String.raw`it's \ `.trimEnd(), user: "u" }],
  [String.raw`password=a\ b\'c user=u`, { password: "a b'c", user: "u" }],
  ["password=a'b user=u", { password: "a'b", user: "u" }],
  ["password=a=b user=u", { password: "a=b", user: "u" }],
  ["password='' user=u", { password: "", user: "u" }],
  ["user= password=x", { user: "password=x" }],
  ["host='a'port=1", { host: "a", port: "1" }],
  ["host=a host=b", { host: "b" }],
  ["host=/var/run/postgresql", { host: "/var/run/postgresql" }],
];

const malformed: readonly (readonly [string, string])[] = [
  ["host", 'missing "=" in parameter 1'],
  ["host=a port", 'missing "=" in parameter 2'],
  ["password=my secret", 'missing "=" in parameter 2'],
  ["password='my secret", "has no closing quote"],
  [String.raw`password='my secret\'`, "has no closing quote"],
  ["=a", "does not begin with a keyword"],
  ["mysql://h/db", 'missing "="'],
];

Deno.test("parseConninfoPairs() reads what libpq reads", () => {
  for (const [text, expected] of wellFormed) {
    assertEquals(Object.fromEntries(parseConninfoPairs(text)), expected, text);
  }
});

Deno.test("parseConninfoPairs() rejects malformed text and says what was expected", () => {
  for (const [text, part] of malformed) assertThrows(() => parseConninfoPairs(text), SyntaxError, part, text);
});
