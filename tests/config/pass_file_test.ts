import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { findPassword, type PassFileKey } from "../../src/config/pass_file.ts";
import { ANY_CHARACTER } from "../fixtures/any_character.ts";

const KEY: PassFileKey = { host: "db1", port: 5432, database: "app", user: "monitor" };

const cases: readonly (readonly [string, string | null])[] = [
  ["db1:5432:app:monitor:secret", "secret"],
  ["db1:5432:app:monitor:secret\r\n", "secret"],
  ["*:*:*:*:secret", "secret"],
  ["# *:*:*:*:no\n\n*:*:*:*:secret", "secret"],
  ["db2:*:*:*:no\n*:5433:*:*:no\n*:*:other:*:no\n*:*:*:other:no\n*:*:*:monitor:secret", "secret"],
  ["*:*:*:*:first\n*:*:*:*:second", "first"],
  ["*:*:*:*:", null],
  ["*:*:*:*", null],
  ["", null],
  [":::::", null],
  ["db*:*:*:*:no", null],
  ["\\*:*:*:*:no", null],
  ["d\\b1:*:*:*:secret", "secret"],
  ["*:*:*:*:a\\:b\\\\c", "a:b\\c"],
  ["*:*:*:*:a:b", "a"],
  ["*:*:*:*:a\\", "a\\"],
  [" *:*:*:*:no", null],
];

Deno.test("findPassword() reads what libpq reads", () => {
  for (const [text, expected] of cases) {
    assertEquals(findPassword(text, KEY)?.password ?? null, expected, JSON.stringify(text));
  }
});

Deno.test("findPassword() returns the line", () => {
  const text = "# comment\r\n\nother:*:*:*:no\ndb1:*:*:*:secret\n*:*:*:*:later\n";
  assertEquals(findPassword(text, KEY), { password: "secret", line: 4 });
  assertEquals(findPassword(text, { ...KEY, host: "db9" }), { password: "later", line: 5 });
});

const field = fc.string({ unit: fc.constantFrom(..."a:\\*# é1"), minLength: 1, maxLength: 12 });

function escape(text: string): string {
  return text.replaceAll(/[\\:]/g, "\\$&");
}

Deno.test("findPassword() resolves backslash escapes", () => {
  fc.assert(fc.property(field, field, field, field, (host, database, user, password) => {
    // A first field that begins with "#" is a comment, and a lone asterisk is for everybody.
    fc.pre(!host.startsWith("#"));
    const line = [host, "5432", database, user, password].map(escape).join(":");
    assertEquals(findPassword(`${line}\n`, { host, port: 5432, database, user }), { password, line: 1 });
  }));
});

Deno.test("findPassword() accepts any text, and matches only its port", () => {
  fc.assert(fc.property(fc.string({ unit: ANY_CHARACTER }), (text) => {
    const found = findPassword(`*:1:*:*:canary\n${text}`, KEY);
    assertEquals(found?.password === "canary", false);
  }));
});
