import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  deriveSyncStanding,
  isSyncCandidate,
  parseSyncNames,
} from "../../../src/cluster/topology/sync_names.ts";
import { sender } from "../fixtures.ts";

const accepted: readonly (readonly [string, "first" | "any", number, readonly string[]])[] = [
  ["", "first", 0, []],
  ["   ", "first", 0, []],
  ["s1", "first", 1, ["s1"]],
  ["s1, s2 ,s3", "first", 1, ["s1", "s2", "s3"]],
  ["*", "first", 1, ["*"]],
  ["2 (s1, s2, s3)", "first", 2, ["s1", "s2", "s3"]],
  ["FIRST 2 (s1,s2)", "first", 2, ["s1", "s2"]],
  ["first 1(s1)", "first", 1, ["s1"]],
  ["ANY 1 (s1, s2)", "any", 1, ["s1", "s2"]],
  ["any 2 (*)", "any", 2, ["*"]],
  ['"s-1", "with ""quotes""", "FIRST"', "first", 1, ["s-1", 'with "quotes"', "FIRST"]],
  ['ANY 1 ("a, b", "(")', "any", 1, ["a, b", "("]],
  ["1", "first", 1, ["1"]],
  ["1, 2", "first", 1, ["1", "2"]],
  ["münchen", "first", 1, ["münchen"]],
  ["any_name, first2", "first", 1, ["any_name", "first2"]],
];

for (const [text, method, required, names] of accepted) {
  Deno.test(`parseSyncNames() reads ${JSON.stringify(text)}`, () => {
    assertEquals(parseSyncNames(text), { method, required, names });
  });
}

for (
  const text of [
    "s-1",
    "FIRST (a)",
    "ANY a",
    "2 (a",
    "a,",
    ",a",
    "a b",
    "0 (a)",
    "()",
    'x "y',
    "2 (a) b",
    "(a)",
    "any, b",
  ]
) {
  Deno.test(`parseSyncNames() refuses ${JSON.stringify(text)}`, () => {
    const error = assertThrows(
      () => parseSyncNames(text),
      SyntaxError,
      "Cannot parse synchronous_standby_names",
    );
    assert(error.message.includes(text));
  });
}

Deno.test("parseSyncNames() reads back any names that are quoted", () => {
  const names = fc.array(fc.string({ minLength: 1, unit: "grapheme" }), { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(names, fc.integer({ min: 1, max: 9 }), fc.boolean(), (names, count, any) => {
    const list = names.map((name) => `"${name.replaceAll('"', '""')}"`).join(" , ");
    assertEquals(parseSyncNames(`${any ? "ANY" : "FIRST"} ${count} (${list})`), {
      method: any ? "any" : "first",
      required: count,
      names,
    });
  }));
});

Deno.test("parseSyncNames() answers or throws a SyntaxError on any text", () => {
  const text = fc.array(
    fc.constantFrom("FIRST", "ANY", "2", "(", ")", ",", " ", "a", '"', '""', "*", "-", "é", "\n"),
    { maxLength: 12 },
  ).map((parts) => parts.join(""));
  fc.assert(fc.property(text, (text) => {
    try {
      const { required, names } = parseSyncNames(text);
      assertEquals(required === 0, names.length === 0);
    } catch (error) {
      assert(error instanceof SyntaxError, String(error));
    }
  }));
});

Deno.test("isSyncCandidate() compares names without regard to case, and * is any", () => {
  const names = parseSyncNames('"Standby-1", s2');
  assertEquals(["standby-1", "S2", "s3", "ſ2"].map((name) => isSyncCandidate(names, name)), [
    true,
    true,
    false,
    false,
  ]);
  assert(isSyncCandidate(parseSyncNames("a, *"), "whatever"));
  assert(!isSyncCandidate(parseSyncNames(""), "a"));
});

const standings = [
  { setting: "", rows: ["streaming"], expected: { required: 0, met: 0, spare: 0 } },
  { setting: "s1", rows: ["streaming"], expected: { required: 1, met: 1, spare: 0 } },
  { setting: "s1", rows: ["catchup"], expected: { required: 1, met: 0, spare: 0 } },
  { setting: "2 (s1, s2, s3)", rows: ["streaming"], expected: { required: 2, met: 1, spare: 0 } },
  {
    setting: "ANY 1 (s1, s2, s3)",
    rows: ["streaming", "streaming", "stopping"],
    expected: { required: 1, met: 1, spare: 2 },
  },
  { setting: "*", rows: [], expected: { required: 1, met: 0, spare: 0 } },
  { setting: "*", rows: [null], expected: null },
] as const;

for (const { setting, rows, expected } of standings) {
  Deno.test(`deriveSyncStanding() of ${JSON.stringify(setting)} with ${JSON.stringify(rows)}`, () => {
    const senders = rows.map((state, index) => sender({ applicationName: `s${index + 1}`, state }));
    assertEquals(deriveSyncStanding(parseSyncNames(setting), senders, "on"), expected);
  });
}

Deno.test("deriveSyncStanding() counts nobody who can never confirm the level asked for", () => {
  const receivewal = sender({ applicationName: "w", kind: "receivewal", replayPosition: null });
  const standbys = ["s1", "s2"].map((applicationName) => sender({ applicationName, replayPosition: 1n }));
  const standing = (setting: string, level: string, senders = [...standbys, receivewal]) => {
    const { required, met, spare } = deriveSyncStanding(parseSyncNames(setting), senders, level) ??
      { required: null, met: null, spare: null };
    return [required, met, spare];
  };
  assertEquals(standing("w", "on"), [1, 1, 0]);
  assertEquals(standing("w", "remote_apply"), [1, 0, 0]);
  assertEquals(standing("ANY 1 (w, s1, s2)", "remote_apply"), [1, 1, 1]);
  assertEquals(standing("FIRST 1 (w, s1, s2)", "remote_apply"), [1, 0, 0], "waits for the first one only");
  assertEquals(standing("FIRST 1 (s1, w, s2)", "remote_apply"), [1, 1, 0], "the next one would be no help");
  assertEquals(standing("FIRST 1 (s1, s2, w)", "remote_apply"), [1, 1, 1]);
  assertEquals(
    standing("w", "on", [{ ...receivewal, flushPosition: null }]),
    [1, 0, 0],
    "never says what it flushed",
  );
});
