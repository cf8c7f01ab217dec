import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { Row } from "../../src/postgres/decode.ts";
import { PostgresError } from "../../src/postgres/errors.ts";
import type { Session } from "../../src/postgres/session.ts";
import { queryPermitted } from "../../src/scrape/permitted_query.ts";

const { signal } = new AbortController();
const DENIED: Row[] = [
  { name: "slots", arguments: "", type: "record", columns: "NULL::name AS slot_name, NULL::integer AS pid" },
  { name: "who", arguments: "oid", type: "name", columns: null },
  { name: "who", arguments: "oid, text", type: "name", columns: null },
];
const SQL = "SELECT pg_catalog.who(pg_catalog.f(x)), 'pg_catalog.slots()' FROM pg_catalog.senders() " +
  "LEFT JOIN pg_catalog.slots() AS slot ON true";

/** A session in which functions may be denied; it remembers what was asked, apart from which are. */
function sessionWith(denied: { rows: readonly Row[] }) {
  const asked: string[] = [];
  const session: Session = {
    versionNum: 150000,
    pooled: false,
    closed: false,
    query: (sql) => {
      if (sql.startsWith("WITH")) return Promise.resolve(denied.rows);
      asked.push(sql);
      const isDenied = denied.rows.some(({ name }) => new RegExp(`(?<!')pg_catalog\\.${name}\\(`).test(sql));
      const trouble = { kind: "missing_right", step: "query", sqlstate: "42501" } as const;
      return isDenied
        ? Promise.reject(new PostgresError("denied; run: GRANT pg_monitor TO m", trouble))
        : Promise.resolve([{ one: "1" }]);
    },
    close: () => Promise.resolve(),
    destroy: () => {},
  };
  return { session, asked };
}

Deno.test("queryPermitted() leaves NULL for what is denied, and tries the whole again once it is granted", async () => {
  const denied: { rows: readonly Row[] } = { rows: DENIED };
  const { session, asked } = sessionWith(denied);
  const ask = () => queryPermitted(session, SQL, { signal, user: "m", needs: ["senders"] });
  const grants =
    "GRANT EXECUTE ON FUNCTION pg_catalog.slots() TO m; GRANT EXECUTE ON FUNCTION pg_catalog.who(oid) TO m; " +
    "GRANT EXECUTE ON FUNCTION pg_catalog.who(oid, text) TO m";
  assertEquals((await ask()).grants, grants);
  const rest = "SELECT (NULL::name), 'pg_catalog.slots()' FROM pg_catalog.senders() " +
    "LEFT JOIN (SELECT NULL::name AS slot_name, NULL::integer AS pid WHERE false) AS slot ON true";
  assertEquals(asked, [SQL, rest]);
  assertEquals((await ask()).grants, grants);
  denied.rows = [];
  await ask();
  assertEquals(asked, [SQL, rest, rest, rest]);
  assertEquals(await ask(), { rows: [{ one: "1" }], grants: "" });
});

Deno.test("queryPermitted() fails with the GRANT when the statement needs what is denied", async () => {
  const { session, asked } = sessionWith({ rows: DENIED.slice(0, 1) });
  for (const needs of [["slots"], undefined]) {
    const error = await assertRejects(
      () => queryPermitted(session, SQL, { signal, user: "m", needs }),
      PostgresError,
    );
    assertMatch(error.message, /^denied; run: GRANT EXECUTE ON FUNCTION pg_catalog.slots\(\) TO m$/);
  }
  assertEquals(asked, [SQL]);
});
