import { assertEquals } from "@std/assert";
import { isSameValue } from "../../src/config/same_value.ts";
import { Secret } from "../../src/config/secret.ts";
import { server } from "../fixtures/targets.ts";

const CASES: readonly (readonly [unknown, unknown, boolean])[] = [
  [1, 1, true],
  [null, undefined, false],
  [null, {}, false],
  [{ a: 1, b: [2, { c: 3 }] }, { b: [2, { c: 3 }], a: 1 }, true],
  [{ a: 1 }, { a: 1, b: undefined }, true],
  [{ a: 1 }, { a: 1, b: null }, false],
  [[1, 2], [2, 1], false],
  [[], {}, false],
  [new Secret("x"), new Secret("x"), true],
  [new Secret("x"), new Secret("y"), false],
  [new Secret("x"), "x", false],
  [{ password: null }, { password: new Secret("") }, false],
  [new Map([["a", { b: 1 }]]), new Map([["a", { b: 1 }]]), true],
  [new Map([["a", { b: 1 }]]), new Map([["a", { b: 2 }]]), false],
  [new Set(["a"]), new Set(["a"]), true],
  [new Set(["a"]), new Set(["b"]), false],
];

for (const [index, [a, b, expected]] of CASES.entries()) {
  Deno.test(`isSameValue() case ${index + 1}: ${expected}`, () => {
    assertEquals([isSameValue(a, b), isSameValue(b, a)], [expected, expected]);
  });
}

Deno.test("isSameValue() distinguishes servers by their password alone", () => {
  const one = server("a");
  assertEquals(isSameValue(one, server("a")), true);
  assertEquals(
    isSameValue(one, { ...one, target: { ...one.target, password: new Secret("another") } }),
    false,
  );
});
