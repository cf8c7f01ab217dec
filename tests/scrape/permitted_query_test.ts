import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { Row } from "../../src/postgres/decode.ts";
import { PostgresError } from "../../src/postgres/errors.ts";
import type { Session } from "../../src/postgres/session.ts";
import { queryPermitted } from "../../src/scrape/permitted_query.ts";

const { signal } = new AbortController();

function row(
  name: string,
  argumentTypes: string | null,
  type: string | null,
  columns: string | null = null,
): Row {
  return { name, arguments: argumentTypes, type, columns, is_denied: "t" };
}

const SLOTS = row("slots", "", "record", "NULL::name AS slot_name, NULL::integer AS pid");
const WHO = [row("who", "oid", "name"), row("who", "oid, text", "name")];
const SQL = "SELECT pg_catalog.who(pg_catalog.f(x)), 'pg_catalog.slots()' FROM pg_catalog.senders() " +
  "LEFT JOIN pg_catalog.slots() AS slot ON true";
const REST = "SELECT (NULL::name), 'pg_catalog.slots()' FROM pg_catalog.senders() " +
  "LEFT JOIN (SELECT NULL::name AS slot_name, NULL::integer AS pid WHERE false) AS slot ON true";

/** A server that lacks functions and tables; it remembers what was asked, apart from which they are. */
class Server {
  denied: readonly Row[] = [];
  unsupported: readonly Row[] = [];
  inRecovery = false;
  inventories = 0;
  readonly asked: string[] = [];
  readonly session: Session = {
    versionNum: 150000,
    pooled: false,
    closed: false,
    query: (sql) => Promise.resolve().then(() => this.#answer(sql)),
    close: () => Promise.resolve(),
    destroy: () => {},
  };

  #answer(sql: string): readonly Row[] {
    const isNamed = ({ name }: Row) => new RegExp(`(?<!')(pg_catalog\\.${name}\\b|'${name}')`).test(sql);
    if (sql.startsWith("WITH")) {
      this.inventories++;
      return [...this.denied, ...this.unsupported.map((each) => ({ ...each, is_denied: "f" }))].filter(
        isNamed,
      );
    }
    if (sql.startsWith("SELECT pg_catalog.pg_is_in_recovery()")) {
      return [{ in_recovery: this.inRecovery ? "t" : "f" }];
    }
    const isTrial = sql.startsWith("SELECT FROM");
    if (!isTrial) this.asked.push(sql);
    if (this.denied.some(isNamed)) {
      const trouble = { kind: "missing_right", step: "query", sqlstate: "42501" } as const;
      throw new PostgresError("denied; run: GRANT pg_monitor TO m", trouble);
    }
    if (this.unsupported.some(isNamed)) {
      throw new PostgresError("not supported", { kind: "protocol", step: "query", sqlstate: "0A000" });
    }
    return [{ one: "1" }];
  }

  ask(sql: string, needs: readonly string[] | undefined = ["senders"]) {
    return queryPermitted(this.session, sql, { signal, user: "m", needs });
  }
}

Deno.test("queryPermitted() leaves NULL for what is denied, and tries the whole again once it is granted", async () => {
  const server = new Server();
  server.denied = [SLOTS, ...WHO];
  const unknown = "Some values are unknown; run: GRANT EXECUTE ON FUNCTION pg_catalog.slots() TO m; " +
    "GRANT EXECUTE ON FUNCTION pg_catalog.who(oid) TO m; GRANT EXECUTE ON FUNCTION pg_catalog.who(oid, text) TO m";
  assertEquals((await server.ask(SQL)).unknown, unknown);
  assertEquals(server.asked, [SQL, REST]);
  assertEquals((await server.ask(SQL)).unknown, unknown);
  server.denied = [];
  await server.ask(SQL);
  assertEquals(server.asked, [SQL, REST, REST, REST]);
  assertEquals(await server.ask(SQL), { rows: [{ one: "1" }], unknown: "" });
});

Deno.test("queryPermitted() finds a further function that is revoked later", async () => {
  const server = new Server();
  server.denied = WHO;
  await server.ask(SQL);
  server.denied = [...WHO, SLOTS];
  assertMatch(
    (await server.ask(SQL)).unknown,
    /slots\(\) TO m; GRANT .*who\(oid\)|who\(oid\) .*slots\(\) TO m/,
  );
  assertEquals(server.asked.at(-1), REST);
});

Deno.test("queryPermitted() leaves no row of a table that is denied", async () => {
  const server = new Server();
  server.denied = [row("base", null, null, "NULL::oid AS oid")];
  const sql =
    "SELECT (SELECT oid FROM pg_catalog.base WHERE oid = x), pg_catalog.base_size('pg_catalog.base')";
  assertEquals(
    (await server.ask(sql)).unknown,
    "Some values are unknown; run: GRANT SELECT ON pg_catalog.base TO m",
  );
  assertEquals(
    server.asked.at(-1),
    "SELECT (SELECT oid FROM (SELECT NULL::oid AS oid WHERE false) AS base WHERE oid = x), " +
      "pg_catalog.base_size('pg_catalog.base')",
  );
});

Deno.test("queryPermitted() leaves one row of NULLs in ROWS FROM, and NULL where one column is selected", async () => {
  const server = new Server();
  const columns = "NULL::name AS slot_name, NULL::timestamp with time zone AS at, NULL::integer AS pid";
  server.denied = [row("slots", "", "record", columns)];
  const sql = "SELECT pid, (pg_catalog.slots()).at, (pg_catalog.slots()).pid AS its, pg_catalog.senders() " +
    "FROM ROWS FROM (pg_catalog.slots(), pg_catalog.senders()) WHERE true";
  await server.ask(sql);
  assertEquals(
    server.asked.at(-1),
    "SELECT pid, (NULL::timestamp with time zone), (NULL::integer) AS its, pg_catalog.senders() " +
      `FROM (SELECT ${columns}) AS slots WHERE true`,
  );
});

Deno.test("queryPermitted() fails with the GRANT when the statement needs what is denied", async () => {
  const server = new Server();
  server.denied = [SLOTS];
  for (const needs of [["slots"], undefined]) {
    const error = await assertRejects(
      () => queryPermitted(server.session, SQL, { signal, user: "m", needs }),
      PostgresError,
    );
    assertMatch(error.message, /^denied; run: GRANT EXECUTE ON FUNCTION pg_catalog.slots\(\) TO m$/);
  }
  assertEquals(server.asked, [SQL]);
});

Deno.test("queryPermitted() does without a function that the server does not support", async () => {
  const server = new Server();
  server.unsupported = [SLOTS];
  assertEquals(
    (await server.ask(SQL)).unknown,
    "Some values are unknown: the server does not support slots()",
  );
  assertEquals(server.inventories, 1);
  await server.ask(SQL);
  assertEquals(server.inventories, 1, "no privilege is missing that could be granted");
  server.denied = WHO;
  assertEquals(
    (await server.ask(SQL)).unknown,
    "Some values are unknown: the server does not support slots(); run: " +
      "GRANT EXECUTE ON FUNCTION pg_catalog.who(oid) TO m; GRANT EXECUTE ON FUNCTION pg_catalog.who(oid, text) TO m",
  );
  await assertRejects(
    () => server.ask(SQL.replace("who", "whom"), ["slots"]),
    PostgresError,
    "not supported",
  );
});
