import {
  assert,
  assertAlmostEquals,
  assertArrayIncludes,
  assertEquals,
  assertExists,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertNotMatch,
  assertNotStrictEquals,
  assertObjectMatch,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  equal,
  fail,
} from "@std/assert";

/** What a call throws, without the assertions under test. */
function thrownBy(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  return undefined;
}

function mustFail(name: string, fn: () => unknown): string {
  const error = thrownBy(fn);
  if (!(error instanceof AssertionError)) {
    throw new Error(`${name} did not fail with an AssertionError: ${error}`);
  }
  return error.message;
}

function mustPass(name: string, fn: () => unknown): void {
  const error = thrownBy(fn);
  if (error !== undefined) throw new Error(`${name} failed`, { cause: error });
}

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

const cyclic: Record<string, unknown> = { name: "a" };
cyclic["self"] = cyclic;
const cyclicTwin: Record<string, unknown> = { name: "a" };
cyclicTwin["self"] = cyclicTwin;

const equalPairs: readonly (readonly [string, unknown, unknown])[] = [
  ["numbers", 1, 1],
  ["NaN", NaN, NaN],
  ["zero and minus zero", 0, -0],
  ["bigint", 2n ** 63n, 2n ** 63n],
  ["nested", { a: [1, { b: null }] }, { a: [1, { b: null }] }],
  ["key order", { a: 1, b: 2 }, { b: 2, a: 1 }],
  ["no prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ["maps", new Map([["a", [1]], ["b", [2]]]), new Map([["b", [2]], ["a", [1]]])],
  ["maps keyed by objects", new Map([[{ a: 1 }, 1]]), new Map([[{ a: 1 }, 1]])],
  ["sets of objects", new Set([{ a: 1 }, { a: 2 }]), new Set([{ a: 2 }, { a: 1 }])],
  ["typed arrays", new Uint8Array([1, 2]), new Uint8Array([1, 2])],
  ["dates", new Date(5), new Date(5)],
  ["invalid dates", new Date(NaN), new Date(NaN)],
  ["expressions", /a/g, /a/g],
  ["addresses", new URL("http://127.0.0.1/a"), new URL("http://127.0.0.1/a")],
  ["cycles", cyclic, cyclicTwin],
];

const differentPairs: readonly (readonly [string, unknown, unknown])[] = [
  ["number and text", 1, "1"],
  ["number and bigint", 1, 1n],
  ["null and undefined", null, undefined],
  ["missing and undefined", {}, { a: undefined }],
  ["missing under another name", { a: undefined }, { b: undefined }],
  ["depth", { a: [1, { b: null }] }, { a: [1, { b: 0 }] }],
  ["array and object", [1], { 0: 1 }],
  ["length", [1], [1, 2]],
  ["map values", new Map([["a", 1]]), new Map([["a", 2]])],
  ["map and set", new Map(), new Set()],
  ["sets that repeat a match", new Set([{ a: 1 }, { a: 2 }]), new Set([{ a: 1 }, { a: 3 }])],
  ["typed arrays", new Uint8Array([1]), new Uint16Array([1])],
  ["dates", new Date(5), new Date(6)],
  ["flags", /a/g, /a/i],
  ["error classes", new Error("a"), new TypeError("a")],
  ["array and null", [], null],
];

Deno.test("equal(), assertEquals() and assertNotEquals() agree on what is equal", () => {
  for (const [name, a, b] of equalPairs) {
    must(equal(a, b) && equal(b, a), `${name} should be equal`);
    mustPass(name, () => assertEquals(a, b));
    mustFail(name, () => assertNotEquals(a, b));
  }
});

Deno.test("equal(), assertEquals() and assertNotEquals() agree on what is different", () => {
  for (const [name, a, b] of differentPairs) {
    must(!equal(a, b) && !equal(b, a), `${name} should differ`);
    mustFail(name, () => assertEquals(a, b));
    mustPass(name, () => assertNotEquals(a, b));
  }
});

Deno.test("assertEquals() shows the lines that differ and the message", () => {
  const message = mustFail("object", () =>
    assertEquals({ host: "127.0.0.1", ports: [1, 2, 3], name: "x" }, {
      host: "127.0.0.1",
      ports: [1, 2, 4],
      name: "x",
    }, "the target"));
  for (const part of ["Values are not equal: the target", "-", "3", "+", "4"]) {
    must(message.includes(part), `"${message}" lacks "${part}"`);
  }
});

Deno.test("assertStrictEquals() compares by identity", () => {
  const a = {};
  mustPass("same", () => assertStrictEquals(a, a));
  mustFail("twin", () => assertStrictEquals(a, {}));
  mustFail("zeros", () => assertStrictEquals(0, -0));
  mustPass("twin", () => assertNotStrictEquals(a, {}));
  mustFail("same", () => assertNotStrictEquals(a, a));
});

Deno.test("assert(), assertFalse() and fail() fail with their message", () => {
  mustPass("true", () => assert(1));
  must(mustFail("false", () => assert(0, "why")) === "why", "assert() should say why");
  mustPass("falsy", () => assertFalse(""));
  mustFail("truthy", () => assertFalse("x"));
  must(mustFail("fail", () => fail("why")).includes("why"), "fail() should say why");
});

Deno.test("assertThrows() expects an error of the class and message, and returns it", () => {
  const error = new RangeError("too far");
  const found = assertThrows(
    () => {
      throw error;
    },
    Error,
    "far",
  );
  must(found === error, "should return the error");
  mustFail("nothing thrown", () => assertThrows(() => 1));
  mustFail("other class", () =>
    assertThrows(() => {
      throw error;
    }, TypeError));
  mustFail("other words", () =>
    assertThrows(
      () => {
        throw error;
      },
      RangeError,
      "near",
    ));
  mustFail("no error", () =>
    assertThrows(() => {
      throw "text";
    }, Error));
  mustPass("anything thrown", () =>
    assertThrows(() => {
      throw "text";
    }));
});

Deno.test("assertRejects() expects a rejection, not a throw", async () => {
  const error = new RangeError("too far");
  const found = await assertRejects(() => Promise.reject(error), RangeError, "far");
  must(found === error, "should return the error");
  const failures = [
    () => assertRejects(() => Promise.resolve(1)),
    () => assertRejects(() => Promise.reject(error), TypeError),
    () => assertRejects(() => Promise.reject(error), RangeError, "near"),
    () =>
      assertRejects(() => {
        throw error;
      }),
  ];
  for (const start of failures) {
    const reason = await start().then(() => null, (caught: unknown) => caught);
    must(reason instanceof AssertionError, `"${start}" should be rejected with an AssertionError`);
  }
});

Deno.test("assertMatch(), assertNotMatch() and assertStringIncludes() check strings", () => {
  mustPass("match", () => assertMatch("abc", /b/));
  mustFail("match", () => assertMatch("abc", /d/));
  mustPass("not match", () => assertNotMatch("abc", /d/));
  mustFail("not match", () => assertNotMatch("abc", /b/));
  mustPass("includes", () => assertStringIncludes("abc", "bc"));
  mustFail("includes", () => assertStringIncludes("abc", "cb"));
});

Deno.test("assertAlmostEquals() allows its tolerance and no more", () => {
  mustPass("default", () => assertAlmostEquals(1, 1 + 1e-8));
  mustFail("default", () => assertAlmostEquals(1, 1 + 1e-6));
  mustPass("given", () => assertAlmostEquals(1, 1.5, 0.5));
  mustFail("given", () => assertAlmostEquals(1, 1.6, 0.5));
  mustFail("NaN", () => assertAlmostEquals(NaN, 1, 1));
  mustFail("negative", () => assertAlmostEquals(1, 2, -1));
});

Deno.test("assertGreater(), assertLess() and the like compare numbers and bigints", () => {
  mustPass(">", () => assertGreater(2n, 1n));
  mustFail(">", () => assertGreater(1, 1));
  mustPass(">=", () => assertGreaterOrEqual(1, 1));
  mustFail(">=", () => assertGreaterOrEqual(0, 1));
  mustPass("<", () => assertLess(0, 1));
  mustFail("<", () => assertLess(1, 1));
  mustPass("<=", () => assertLessOrEqual(1, 1));
  mustFail("<=", () => assertLessOrEqual(2, 1));
  mustFail("NaN", () => assertLessOrEqual(NaN, 1));
});

Deno.test("assertExists() and assertInstanceOf() narrow", () => {
  mustPass("zero", () => assertExists(0));
  mustFail("null", () => assertExists(null));
  mustFail("undefined", () => assertExists(undefined));
  mustPass("instance", () => assertInstanceOf(new TypeError(), Error));
  mustFail("other class", () => assertInstanceOf(new Error(), TypeError));
  mustFail("no object", () => assertInstanceOf("text", Error));
});

Deno.test("assertArrayIncludes() finds every element, deeply", () => {
  mustPass("all", () => assertArrayIncludes([{ a: 1 }, { a: 2 }], [{ a: 2 }]));
  mustFail("missing", () => assertArrayIncludes([{ a: 1 }], [{ a: 1 }, { a: 2 }]));
});

Deno.test("assertObjectMatch() checks the given properties, deeply", () => {
  const actual = { a: { b: 1, c: 2 }, list: [{ d: 1, e: 2 }], map: new Map([["x", 1], ["y", 2]]) };
  mustPass("part", () => assertObjectMatch(actual, { a: { b: 1 } }));
  mustPass("in a list", () => assertObjectMatch(actual, { list: [{ d: 1 }] }));
  mustPass("in a map", () => assertObjectMatch(actual, { map: new Map([["x", 1]]) }));
  mustFail("value", () => assertObjectMatch(actual, { a: { b: 2 } }));
  mustFail("missing", () => assertObjectMatch(actual, { a: { z: undefined } }));
  mustFail("in a list", () => assertObjectMatch(actual, { list: [{ d: 2 }] }));
});
