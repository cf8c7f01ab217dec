import { assertEquals, assertMatch, assertNotMatch, assertStrictEquals } from "@std/assert";
import type { ConnectionStep } from "../../src/postgres/errors.ts";
import { PostgresError } from "../../src/postgres/errors.ts";
import { DeadlineError } from "../../src/domain/deadline.ts";
import { isPoolerRefusal, toPostgresError } from "../../src/postgres/trouble.ts";

const at = (step: ConnectionStep) => ({
  server: "standby2",
  address: "10.0.0.7:5433",
  user: "monitor",
  database: "postgres",
  step,
});

function fromServer(code: string, message: string, routine?: string): Error {
  return Object.assign(new Error(message), { code, severity: "FATAL", routine });
}

function fromNetwork(code: string): Error {
  return Object.assign(new Error(code), { code });
}

const CASES: readonly [string, unknown, ConnectionStep, string, RegExp][] = [
  ["nothing listens", fromNetwork("ECONNREFUSED"), "connect", "refused", /listen_addresses/],
  ["no such host", fromNetwork("ENOTFOUND"), "resolve", "unreachable", /DNS/],
  ["no route", fromNetwork("EHOSTUNREACH"), "connect", "unreachable", /firewalls/],
  ["black hole", new DeadlineError(2), "connect", "unreachable", /within 2 s/],
  ["frozen at login", new DeadlineError(2), "authenticate", "timeout", /frozen/],
  ["frozen at a query", new DeadlineError(2), "query", "timeout", /frozen/],
  ["closed at login", fromNetwork("CONNECTION_CLOSED"), "authenticate", "refused", /server's log/],
  ["lost at a query", fromNetwork("ECONNRESET"), "query", "unreachable", /opened again/],
  [
    "wrong password",
    fromServer("28P01", "password authentication failed"),
    "authenticate",
    "auth",
    /check the password/,
  ],
  [
    "no such role",
    fromServer("28000", "le rôle « monitor » n'existe pas", "InitializeSessionUserId"),
    "authenticate",
    "auth",
    /CREATE ROLE monitor/,
  ],
  [
    "no client certificate",
    fromServer("28000", "Verbindung erfordert ein gültiges Client-Zertifikat", "ClientAuthentication"),
    "authenticate",
    "refused",
    /sslcert and sslkey/,
  ],
  [
    "a client certificate of somebody else",
    fromServer("28000", "Zertifikatauthentifizierung für Benutzer »monitor« fehlgeschlagen", "auth_failed"),
    "authenticate",
    "auth",
    /common name .* must be "monitor"/,
  ],
  [
    "pg_hba",
    fromServer("28000", "kein pg_hba.conf-Eintrag für Host »10.0.0.9«", "ClientAuthentication"),
    "authenticate",
    "refused",
    /add a line/,
  ],
  ["no such database", fromServer("3D000", "does not exist"), "authenticate", "auth", /existing database/],
  [
    "starting",
    fromServer("57P03", "the database system is starting up"),
    "authenticate",
    "starting",
    /keeps retrying/,
  ],
  [
    "terminated",
    fromServer("57P01", "terminating connection"),
    "query",
    "shutting_down",
    /will connect again/,
  ],
  [
    "full",
    fromServer("53300", "sorry, too many clients"),
    "authenticate",
    "too_many_connections",
    /max_connections/,
  ],
  [
    "no right",
    fromServer("42501", "permission denied"),
    "query",
    "missing_right",
    /GRANT pg_monitor TO monitor/,
  ],
  [
    "no right to connect",
    fromServer("42501", "keine Berechtigung für Datenbank »postgres«"),
    "authenticate",
    "missing_right",
    /run: GRANT CONNECT ON DATABASE postgres TO monitor$/,
  ],
  [
    "statement timeout",
    fromServer("57014", "canceling statement"),
    "query",
    "timeout",
    /exceeded its timeout/,
  ],
  [
    "lock timeout",
    fromServer("55P03", "canceling statement due to lock timeout"),
    "query",
    "timeout",
    /lock/,
  ],
  ["anything else", fromServer("XX000", "cache lookup failed"), "query", "protocol", /XX000/],
];

Deno.test("toPostgresError() names server, step and advice for every kind of error", async (t) => {
  for (const [name, thrown, step, kind, advice] of CASES) {
    await t.step(name, () => {
      const error = toPostgresError(thrown, at(step));
      assertEquals([error.kind, error.step], [kind, step]);
      assertMatch(error.message, /server "standby2" at 10\.0\.0\.7:5433/);
      assertMatch(error.message, advice);
    });
  }
});

Deno.test("toPostgresError() explains that a Unix socket is not allowed, whatever the version of Deno", () => {
  const socket = { ...at("connect"), address: "/tmp/.s.PGSQL.5432" };
  for (
    const text of ['Requires write access to "/tmp/.s.PGSQL.5432"', "connect UNKNOWN /tmp/.s.PGSQL.5432"]
  ) {
    assertMatch(toPostgresError(new Error(text), socket).message, /use TCP/);
  }
  assertMatch(toPostgresError(fromNetwork("ENOENT"), socket).message, /unix_socket_directories/);
});

Deno.test("toPostgresError() tells a login without a password from one with a certificate by the socket", () => {
  const peer = fromServer(
    "28000",
    "Peer-Authentifizierung für Benutzer »monitor« fehlgeschlagen",
    "auth_failed",
  );
  const socket = { ...at("authenticate"), address: "/run/postgresql/.s.PGSQL.5432" };
  assertMatch(toPostgresError(peer, socket).message, /system user "monitor".*pg_ident.conf/);
});

Deno.test("toPostgresError() explains a role without LOGIN and a missing password", () => {
  const login = { ...at("authenticate"), user: "my-role", isPasswordGiven: false };
  const barred = fromServer(
    "28000",
    "Rolle »my-role« hat keine Berechtigung zum Login",
    "InitializeSessionUserId",
  );
  assertMatch(toPostgresError(barred, login).message, /ALTER ROLE "my-role" LOGIN$/);
  const wrong = fromServer("28P01", "password authentication failed");
  assertMatch(toPostgresError(wrong, login).message, /no password was given: set POSTGRES_PASSWORD/);
});

Deno.test("toPostgresError() keeps the SQLSTATE only of errors of the server", () => {
  assertEquals(toPostgresError(fromServer("28P01", "no"), at("authenticate")).sqlstate, "28P01");
  // Five capital letters of a network error are not a SQLSTATE.
  assertEquals(toPostgresError(fromNetwork("EPIPE"), at("query")).sqlstate, null);
});

Deno.test("toPostgresError() returns a PostgresError unchanged", () => {
  const typed = new PostgresError("Cannot", { kind: "auth", step: "connect" });
  assertStrictEquals(toPostgresError(typed, at("query")), typed);
  assertEquals(typed.trouble, { kind: "auth", step: "connect", sqlstate: null, message: "Cannot" });
});

Deno.test("toPostgresError() accepts anything that is thrown", () => {
  for (const thrown of [null, undefined, 7, "text", {}, { code: 3 }]) {
    const error = toPostgresError(thrown, at("query"));
    assertEquals(error.kind, "protocol");
    assertNotMatch(error.message, /undefined:/);
  }
});

Deno.test("isPoolerRefusal() recognizes pgbouncer's error about a startup parameter, and nothing else", () => {
  const refusal = toPostgresError(
    fromServer("08P01", "unsupported startup parameter: statement_timeout"),
    at("authenticate"),
  );
  assertEquals(isPoolerRefusal(refusal), true);
  assertEquals(isPoolerRefusal(toPostgresError(fromServer("08P01", "bad message"), at("query"))), false);
});
