import { assertEquals, assertFalse, assertInstanceOf, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseConninfo } from "../../src/config/conninfo.ts";
import { SUPPORTED_KEYWORDS } from "../../src/config/conninfo_keywords.ts";
import { thrownBy } from "./thrown_by.ts";
import { ANY_CHARACTER } from "../fixtures/any_character.ts";

const malformed: readonly (readonly [string, string])[] = [
  ["postgresql://h?sslmoode=require", 'did you mean "sslmode"?'],
  ["postgresql://h?qqqqqqqq=1", "unknown keyword"],
  ["prot=5432", 'did you mean "port"?'],
  ["host=a\0b", "NUL"],
];

Deno.test("parseConninfo() distinguishes the two forms and leaves out keywords without a value", () => {
  assertEquals(Object.fromEntries(parseConninfo("postgres://u@h/db")), {
    user: "u",
    host: "h",
    dbname: "db",
  });
  assertEquals(Object.fromEntries(parseConninfo("user=u password='' host=h")), { user: "u", host: "h" });
  assertEquals(Object.fromEntries(parseConninfo("host=a host=b")), { host: "b" });
  assertEquals(Object.fromEntries(parseConninfo("")), {});
});

Deno.test("parseConninfo() rejects malformed text and says what was expected", () => {
  for (const [text, part] of malformed) {
    assertThrows(() => parseConninfo(text), SyntaxError, part, text);
  }
});

const parameters = fc.dictionary(
  fc.constantFrom(...SUPPORTED_KEYWORDS),
  fc.string({ unit: "grapheme", minLength: 1 }).filter((value) =>
    !value.includes("\0") && value.isWellFormed()
  ),
  { noNullPrototype: true },
);

/** Keywords and values, written as the manual says. */
function formatPairs(values: Readonly<Record<string, string>>): string {
  return Object.entries(values).map(([keyword, value]) =>
    `${keyword} = '${value.replaceAll(/['\\]/g, "\\$&")}'`
  )
    .join(" ");
}

/** A URI, everything behind the scheme percent-encoded. */
function formatUri({ user, password, host, dbname, ...rest }: Readonly<Record<string, string>>): string {
  const encode = (value: string | undefined) => encodeURIComponent(value ?? "");
  const query = Object.entries(rest).map(([keyword, value]) => `${keyword}=${encode(value)}`).join("&");
  const credentials = user === undefined && password === undefined
    ? ""
    : `${encode(user)}:${encode(password)}@`;
  return `postgresql://${credentials}${encode(host)}/${encode(dbname)}?${query}`;
}

Deno.test("parseConninfo() parses what a formatter of either form wrote", () => {
  fc.assert(fc.property(parameters, (values) => {
    assertEquals(Object.fromEntries(parseConninfo(formatPairs(values))), values);
    assertEquals(Object.fromEntries(parseConninfo(formatUri(values))), values);
  }));
});

const hostile = fc.oneof(
  fc.string({ unit: ANY_CHARACTER }),
  fc.string({
    unit: fc.constantFrom("'", "\\", "=", " ", "a", "@", "/", ":", "?", "&", "%", "[", "]", ",", "\n"),
  }),
);

Deno.test("parseConninfo() never crashes on hostile text", () => {
  fc.assert(
    fc.property(hostile, fc.constantFrom("", "postgresql://", "postgres://u:", "host=a "), (text, prefix) => {
      const error = thrownBy(() => parseConninfo(prefix + text));
      if (error !== undefined) assertInstanceOf(error, SyntaxError);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("parseConninfo() never shows a password, however malformed", () => {
  // Words that no message holds by itself.
  const password = fc.string({
    unit: fc.constantFrom(..."QXZJ"),
    minLength: 3,
    maxLength: 8,
  });
  const separator = fc.constantFrom(" ", "/", "@", "%", "'", ":", "?", "#", "&", "=", ",", "\\", "[");
  const form = fc.constantFrom(
    (secret: string) => `postgresql://monitor:${secret}@127.0.0.1:5432/app`,
    (secret: string) => `host=a password=${secret} user=b`,
    (secret: string) => `host=a password='${secret} user=b`,
    (secret: string) => `postgresql://monitor@h?password=${secret}`,
  );
  let refused = 0;
  fc.assert(
    fc.property(password, separator, password, form, (head, between, tail, write) => {
      const error = thrownBy(() => parseConninfo(write(`${head}${between}${tail}`)));
      if (error === undefined) return;
      refused++;
      assertInstanceOf(error, SyntaxError);
      assertFalse(error.message.includes(head) || error.message.includes(tail), error.message);
    }),
    { numRuns: 500 },
  );
  assertFalse(refused === 0, "no case was refused, so nothing was tested");
});
