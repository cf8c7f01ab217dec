import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Row } from "../../src/postgres/decode.ts";
import { PostgresError } from "../../src/postgres/errors.ts";
import type { Session } from "../../src/postgres/session.ts";
import {
  findDenied,
  findUnsupported,
  grantsOf,
  type Missing,
  sqlstateOf,
} from "../../src/scrape/missing_functions.ts";

const { signal } = new AbortController();

function failure(sqlstate: string | null): PostgresError {
  return new PostgresError("failed", { kind: "missing_right", step: "query", sqlstate });
}

function sessionOf(answer: (sql: string) => readonly Row[]): Session {
  return {
    versionNum: 150000,
    pooled: false,
    closed: false,
    query: (sql) => Promise.resolve().then(() => answer(sql)),
    close: () => Promise.resolve(),
    destroy: () => {},
  };
}

const described = (name: string, argumentTypes: string | null, isDenied: boolean): Row => ({
  name,
  arguments: argumentTypes,
  type: "pg_lsn",
  columns: null,
  is_denied: isDenied ? "t" : "f",
});

const missing = (name: string, argumentTypes: string | null, isDenied = true): Missing => ({
  name,
  argumentTypes,
  type: null,
  columns: null,
  isDenied,
});

Deno.test("findDenied() asks for the names that a statement calls, and keeps those that are denied", async () => {
  const asked: string[] = [];
  const session = sessionOf((sql) => {
    asked.push(sql);
    return [described("a", "", true), described("b", "oid", false)];
  });
  const denied = await findDenied(session, "SELECT pg_catalog.a(), 'pg_catalog.c()', pg_catalog.b(1)", {
    signal,
  });
  assertEquals(denied.map(({ name }) => name), ["a"]);
  assertStringIncludes(asked.join(), "relname IN ('a', 'b')");
  assertStringIncludes(
    asked.join(),
    String.raw`E'(\\w+)\\('`,
    "a pooler decides on standard_conforming_strings",
  );
});

Deno.test("findDenied() names the function that it needs itself", async () => {
  const session = sessionOf((sql) => {
    if (sql.startsWith("WITH") || sql.includes("has_table_privilege(")) throw failure("42501");
    return [];
  });
  assertEquals(
    grantsOf(await findDenied(session, "SELECT pg_catalog.a()", { signal }), "m"),
    "GRANT EXECUTE ON FUNCTION pg_catalog.has_table_privilege(text, text) TO m",
  );
  await assertRejects(() =>
    findDenied(
      sessionOf(() => {
        throw failure("57014");
      }),
      "",
      { signal },
    ), PostgresError);
});

Deno.test("findUnsupported() tries each function without arguments", async () => {
  const session = (inRecovery: boolean) =>
    sessionOf((sql) => {
      if (sql.startsWith("WITH")) {
        return ["a", "d"].filter((name) => sql.includes(`'${name}'`)).flatMap((
          name,
        ) => [described(name, "", false), described(name, "oid", false)]);
      }
      if (sql.includes("pg_is_in_recovery")) return [{ in_recovery: inRecovery ? "t" : "f" }];
      if (sql === "SELECT FROM pg_catalog.a()") throw failure("55000");
      if (sql === "SELECT FROM pg_catalog.d()") throw failure("0A000");
      return [];
    });
  const find = (inRecovery: boolean, sql: string) => findUnsupported(session(inRecovery), sql, { signal });
  const found = await find(false, "SELECT pg_catalog.a(), pg_catalog.b(), pg_catalog.c(1)");
  assertEquals(found.map(({ name, argumentTypes, isDenied }) => [name, argumentTypes, isDenied]), [[
    "a",
    "",
    false,
  ]]);
  assertEquals(await find(false, "SELECT pg_catalog.b()"), []);
  assertEquals(await find(true, "SELECT pg_catalog.a()"), [], "in recovery any server says so");
  const both = "SELECT pg_catalog.a(), pg_catalog.d()";
  assertEquals((await find(false, both)).map(({ name }) => name), ["a", "d"], "both kinds at once");
  assertEquals((await find(true, both)).map(({ name }) => name), ["d"]);
});

Deno.test("what is missing is found in few round trips, however many functions a statement calls", async () => {
  const batches: number[] = [];
  let underWay = 0;
  const session: Session = {
    ...sessionOf(() => []),
    query: async (sql) => {
      if (underWay++ === 0) batches.push(0);
      batches.push((batches.pop() ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve));
      underWay--;
      if (sql.includes("pg_is_in_recovery")) return [{ in_recovery: "f" }];
      if (sql.startsWith("WITH denied") || sql.includes("has_any_column_privilege(1259")) {
        throw failure("42501");
      }
      if (sql.startsWith("SELECT FROM")) throw failure("55000");
      return [];
    },
  };
  const calls = ["a", "b", "c", "a"].map((name) => `pg_catalog.${name}()`).join();
  await findUnsupported(session, `SELECT ${calls}`, { signal });
  assertEquals(batches.splice(0), [4, 1], "the role with each function once, their descriptions");
  await findDenied(
    { ...session, query: (sql, options) => session.query(sql.replace(/^WITH/, "WITH denied"), options) },
    `SELECT ${calls}`,
    { signal },
  );
  assertEquals(batches, [1, 8], "all, each of its own functions");
});

Deno.test("grantsOf() is one GRANT per function and table, for a role whose name may need quotes", () => {
  assertEquals(
    grantsOf([missing("a", ""), missing("t", null), missing("u", "", false)], "My role"),
    [
      'GRANT EXECUTE ON FUNCTION pg_catalog.a() TO "My role"',
      'GRANT SELECT ON pg_catalog.t TO "My role"',
    ].join("; "),
  );
  assertEquals(grantsOf([], "m"), "");
});

Deno.test("sqlstateOf() knows errors of servers alone", () => {
  assertEquals([sqlstateOf(failure("0A000")), sqlstateOf(new Error("no"))], ["0A000", null]);
});
