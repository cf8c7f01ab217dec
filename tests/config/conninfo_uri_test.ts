import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { isConninfoUri, parseConninfoUri } from "../../src/config/conninfo_uri.ts";

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
  ["postgresql://a,b/db", { host: "a,b", dbname: "db" }],
  ["postgresql://a:1,[::1]:2,c/db", { host: "a,::1,c", port: "1,2,", dbname: "db" }],
  ["postgresql://u@%2Ftmp:1,b", { user: "u", host: "/tmp,b", port: "1," }],
  ["postgresql://,b", { host: ",b" }],
  ["postgres://u:p%40%2F%3A%25@h", { user: "u", password: "p@/:%", host: "h" }],
  ["postgres://u:a:b@h", { user: "u", password: "a:b", host: "h" }],
  ["postgres://h/?ssl=true", { host: "h", sslmode: "require" }],
  ["postgres://h?application_name=a+b", { host: "h", application_name: "a+b" }],
];

const malformed: readonly (readonly [string, string])[] = [
  ["postgresql://h/db?zzz", "query parameter 1 is not of the form keyword=value"],
  ["postgresql://h/db?user=a=b", "query parameter 1"],
  ["postgresql://h/db?user=a&", "query parameter 2"],
  ["postgresql://%zz", "percent sign"],
  ["postgresql://%", "percent sign"],
  ["postgresql://u:%ff@h", "percent sign"],
  ["postgresql://%00", "%00"],
  ["postgresql://a b", "space"],
  ["postgresql://[::1", "malformed"],
  ["postgresql://[]", "malformed"],
  ["postgresql://[::1]x", "malformed"],
  ["postgresql://::1", "port is not a number"],
  ["postgresql://u:pa/ss@h/db", '"@"'],
  ["postgresql://u:pa@ss@h/db", '"@"'],
  ["postgresql://a:1,b:x/db", "port is not a number"],
  ["postgresql://a,[::1/db", "malformed"],
];

Deno.test("parseConninfoUri() reads what libpq reads", () => {
  for (const [text, expected] of wellFormed) {
    assertEquals(Object.fromEntries(parseConninfoUri(text)), expected, text);
  }
});

Deno.test("parseConninfoUri() rejects malformed text and says what was expected", () => {
  for (const [text, part] of malformed) assertThrows(() => parseConninfoUri(text), SyntaxError, part, text);
});

Deno.test("isConninfoUri() knows both schemes", () => {
  assert(isConninfoUri("postgres://"));
  assert(isConninfoUri("postgresql://h"));
  assertFalse(isConninfoUri("host=postgres://h"));
  assertFalse(isConninfoUri("mysql://h"));
});
