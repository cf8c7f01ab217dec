import { assertEquals, assertFalse, assertInstanceOf, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseConninfo } from "../../src/config/conninfo.ts";
import { SUPPORTED_KEYWORDS } from "../../src/config/conninfo_keywords.ts";
import { didYouMean } from "../../src/config/suggestion.ts";
import { thrownBy } from "./thrown_by.ts";

/** Expected results as in libpq's own regression tests (src/interfaces/libpq/t/001_uri.pl), where they overlap. */
const wellFormed: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["postgresql://uri-user:secret@host:12345/db", {
    user: "uri-user",
    password: "secret",
    host: "host",
    port: "12345",
    dbname: "db",
  }],
  ["postgresql://uri-user@host:12345/db", { user: "uri-user", host: "host", port: "12345", dbname: "db" }],
  ["postgresql://uri-user@", { user: "uri-user" }],
  ["postgresql://host/db", { host: "host", dbname: "db" }],
  ["postgresql://host:12345", { host: "host", port: "12345" }],
  ["postgresql://host:", { host: "host" }],
  ["postgresql://", {}],
  ["postgresql://?hostaddr=127.0.0.1", { hostaddr: "127.0.0.1" }],
  ["postgresql://example.com?hostaddr=63.1.2.4", { host: "example.com", hostaddr: "63.1.2.4" }],
  ["postgresql:///", {}],
  ["postgresql:///db", { dbname: "db" }],
  ["postgresql://uri-user@/db", { user: "uri-user", dbname: "db" }],
  ["postgresql:///db?host=/path/to/socket", { dbname: "db", host: "/path/to/socket" }],
  ["postgresql:///db?host=/path/to/socket/%20&port=5", {
    dbname: "db",
    host: "/path/to/socket/ ",
    port: "5",
  }],
  ["postgresql://%2Fvar%2Flib%2Fpostgresql/db", { host: "/var/lib/postgresql", dbname: "db" }],
  ["postgresql://host/db?u%73er=someotheruser&port=12345", {
    host: "host",
    dbname: "db",
    user: "someotheruser",
    port: "12345",
  }],
  ["postgresql://[::1]:5433/db", { host: "::1", port: "5433", dbname: "db" }],
  ["postgresql://[fe80::1%25eth0]/", { host: "fe80::1%eth0" }],
  ["postgresql://[::]", { host: "::" }],
  ["postgres://u:p%40%2F%3A%25@h", { user: "u", password: "p@/:%", host: "h" }],
  ["postgres://u:a:b@h", { user: "u", password: "a:b", host: "h" }],
  ["postgres://h/?ssl=true", { host: "h", sslmode: "require" }],
  ["postgres://h?application_name=a+b", { host: "h", application_name: "a+b" }],
  ["", {}],
  ["   ", {}],
  ["host=a port=5433", { host: "a", port: "5433" }],
  [" host = a   port\n=\t5433 ", { host: "a", port: "5433" }],
  ["password='a b' user=u", { password: "a b", user: "u" }],
  [String.raw`password='it\'s \\' user=u`, { password: String.raw`it's \ `.trimEnd(), user: "u" }],
  [String.raw`password=a\ b\'c user=u`, { password: "a b'c", user: "u" }],
  ["password=a'b user=u", { password: "a'b", user: "u" }],
  ["password=a=b user=u", { password: "a=b", user: "u" }],
  ["password='' user=u", { user: "u" }],
  ["user= password=x", { user: "password=x" }],
  ["host='a'port=1", { host: "a", port: "1" }],
  ["host=a host=b", { host: "b" }],
  ["host=/var/run/postgresql", { host: "/var/run/postgresql" }],
];

const malformed: readonly (readonly [string, string])[] = [
  ["postgresql://h/db?zzz", "query parameter 1 is not of the form keyword=value"],
  ["postgresql://h/db?user=a=b", "query parameter 1"],
  ["postgresql://h/db?user=a&", "query parameter 2"],
  ["postgresql://h?sslmoode=require", 'did you mean "sslmode"?'],
  ["postgresql://h?qqqqqqqq=1", "unknown keyword"],
  ["postgresql://%zz", "percent sign"],
  ["postgresql://%", "percent sign"],
  ["postgresql://u:%ff@h", "percent sign"],
  ["postgresql://%00", "%00"],
  ["postgresql://a b", "blank"],
  ["postgresql://[::1", "malformed"],
  ["postgresql://[]", "malformed"],
  ["postgresql://[::1]x", "malformed"],
  ["postgresql://::1", "port is not a number"],
  ["postgresql://u:pa/ss@h/db", '"@"'],
  ["postgresql://u:pa@ss@h/db", '"@"'],
  ["postgresql://a,b/db", "several hosts"],
  ["postgresql://a:1,b:2/db", "several hosts"],
  ["host", 'missing "=" in parameter 1'],
  ["host=a port", 'missing "=" in parameter 2'],
  ["password=my secret", 'missing "=" in parameter 2'],
  ["password='my secret", "has no end"],
  [String.raw`password='my secret\'`, "has no end"],
  ["=a", "does not begin with a keyword"],
  ["prot=5432", 'did you mean "port"?'],
  ["mysql://h/db", 'missing "="'],
  ["host=a\0b", "NUL"],
];

Deno.test("parseConninfo() reads both forms as libpq does", () => {
  for (const [text, expected] of wellFormed) {
    assertEquals(Object.fromEntries(parseConninfo(text)), expected, text);
  }
});

Deno.test("parseConninfo() refuses what is malformed and says what was expected", () => {
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

Deno.test("parseConninfo() gives back what a formatter of either form wrote", () => {
  fc.assert(fc.property(parameters, (values) => {
    assertEquals(Object.fromEntries(parseConninfo(formatPairs(values))), values);
    assertEquals(Object.fromEntries(parseConninfo(formatUri(values))), values);
  }));
});

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
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

Deno.test("parseConninfo() never shows a password, however wrongly it is written", () => {
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

Deno.test("didYouMean() suggests near names and keeps quiet about far ones", () => {
  const names = ["web.listen-address", "log.level", "server"];
  assertEquals(didYouMean("web.listen-adress", names), ', did you mean "web.listen-address"?');
  assertEquals(didYouMean("web.listen_address", names), ', did you mean "web.listen-address"?');
  assertEquals(didYouMean("sever", names), ', did you mean "server"?');
  assertEquals(didYouMean("log.lveel", names), ', did you mean "log.level"?');
  assertEquals(didYouMean("kubernetes", names), "");
  assertEquals(didYouMean("", names), "");
  assertStringIncludes(didYouMean("x".repeat(100_000), ["x".repeat(64)]), "xx");
});
