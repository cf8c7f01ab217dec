import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { Secret } from "../../src/config/secret.ts";
import { PostgresError } from "../../src/postgres/errors.ts";
import { openSession, type Session, type SessionOptions } from "../../src/postgres/session.ts";
import { DeadlineError } from "../../src/domain/deadline.ts";
import type { ConnectionTarget } from "../../src/config/config.ts";
import { target } from "../fixtures/targets.ts";
import { startCluster } from "../../compose/lab/cluster.ts";
import { type Cluster, reasonToSkip, type Server, until } from "./support.ts";

const ignore = reasonToSkip() !== null;

/** Runs a body under a deadline, as the exporter does. */
async function within<T>(seconds: number, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DeadlineError(seconds)), seconds * 1000);
  try {
    return await body(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs a body whose deadline passes when a condition holds, independent of the speed of the machine. */
async function abortWhen<T>(
  what: string,
  { seconds, isTime }: { readonly seconds: number; readonly isTime: () => Promise<boolean> | boolean },
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const result = body(controller.signal);
  result.catch(() => {}); // awaited below
  try {
    await until(what, isTime);
  } finally {
    controller.abort(new DeadlineError(seconds));
  }
  return await result;
}

async function open(
  cluster: Cluster,
  server: Server,
  { seconds = 30, to = {}, options = {} }: {
    seconds?: number;
    to?: Partial<ConnectionTarget>;
    options?: Partial<SessionOptions>;
  } = {},
): Promise<Session & AsyncDisposable> {
  const session = await within(
    seconds,
    (signal) =>
      openSession(target({ port: server.port, password: new Secret(cluster.passwords.monitor), ...to }), {
        server: server.name,
        signal,
        statementTimeoutSeconds: 20,
        lockTimeoutSeconds: 0.3,
        readTextFile: Deno.readTextFile,
        ...options,
      }),
  );
  return Object.assign(session, {
    [Symbol.asyncDispose]: () => within(30, (signal) => session.close(signal)),
  });
}

async function troubleOf(attempt: () => Promise<unknown>): Promise<PostgresError> {
  const error = await assertRejects(attempt);
  assertInstanceOf(error, PostgresError);
  return error;
}

Deno.test({ name: "openSession() on a real server", ignore }, async (t) => {
  await using cluster = await startCluster({ standbys: 1, settings: { max_connections: "25" } });
  const { primary } = cluster;
  const standby = cluster.server("standby");

  await t.step("returns text as the server sent it, and null as null", async () => {
    await using session = await open(cluster, primary);
    const [row] = await within(30, (signal) =>
      session.query(
        "SELECT true AS yes, 9223372036854775807 AS big, NULL::int AS nothing, '16/B374D848'::pg_lsn AS position, " +
          "'{1,2}'::int[] AS list, '2026-01-02 03:04:05.678901+00'::timestamptz::text AS instant",
        { signal },
      ));
    assertEquals({ ...row }, {
      yes: "t",
      big: "9223372036854775807",
      nothing: null,
      position: "16/B374D848",
      list: "{1,2}",
      instant: row?.instant ?? "",
    });
    assert(row?.instant?.includes(".678901"), "microseconds are kept");
    assertEquals(Math.floor(session.versionNum / 10000), cluster.binaries.major);
  });

  await t.step("is read-only, has a name, and has timeouts on the server", async () => {
    await using session = await open(cluster, primary);
    const [row] = await within(30, (signal) =>
      session.query(
        "SELECT current_setting('application_name') AS name, current_setting('statement_timeout') AS statement, " +
          "current_setting('lock_timeout') AS lock, current_setting('default_transaction_read_only') AS read_only",
        { signal },
      ));
    assertEquals({ ...row }, {
      name: "pg-replication-exporter",
      statement: "20s",
      lock: "300ms",
      read_only: "on",
    });
    const error = await troubleOf(() =>
      within(30, (signal) => session.query("CREATE TABLE written (id int)", { signal }))
    );
    assertEquals(error.sqlstate, "25006");
  });

  await t.step("answers a pipeline in order, and a failed statement does not affect others", async () => {
    await using session = await open(cluster, primary);
    const results = await within(30, (signal) =>
      Promise.allSettled([
        session.query("SELECT 1 AS n", { signal }),
        session.query("SELECT pg_sleep(5)", { signal, statementTimeoutSeconds: 0.1 }),
        session.query("SELECT no_such_column", { signal }),
        session.query("SELECT 4 AS n", { signal }),
      ]));
    assertEquals(results.map(({ status }) => status), ["fulfilled", "rejected", "rejected", "fulfilled"]);
    const [, slow, wrong] = results;
    assert(
      slow?.status === "rejected" && slow.reason instanceof PostgresError && slow.reason.kind === "timeout",
    );
    assert(
      wrong?.status === "rejected" && wrong.reason instanceof PostgresError &&
        wrong.reason.sqlstate === "42703",
    );
    assertEquals(session.closed, false);
  });

  await t.step("the timeout of one statement ends with it", async () => {
    await using session = await open(cluster, primary);
    const limited = "SELECT current_setting('statement_timeout') AS statement";
    const [first] = await within(
      30,
      (signal) => session.query(limited, { signal, statementTimeoutSeconds: 5 }),
    );
    const [second] = await within(30, (signal) => session.query(limited, { signal }));
    assertEquals([first?.statement, second?.statement], ["5s", "20s"]);
  });

  await t.step(
    "pooled, it sets nothing on the session and sends every timeout with the statement",
    async () => {
      await using session = await open(cluster, primary, { options: { pooled: true } });
      const [row] = await within(30, (signal) =>
        session.query(
          "SELECT current_setting('statement_timeout') AS statement, (SELECT reset_val FROM pg_settings WHERE name = " +
            "'statement_timeout') AS session, current_setting('transaction_read_only') AS read_only",
          { signal },
        ));
      assertEquals({ ...row }, { statement: "20s", session: "0", read_only: "on" });
      const error = await troubleOf(() =>
        within(30, (signal) => session.query("CREATE TABLE written (id int)", { signal }))
      );
      assertEquals(error.sqlstate, "25006");
    },
  );

  await t.step("after its deadline the connection is closed on both ends", async () => {
    await using session = await open(cluster, primary, { options: { statementTimeoutSeconds: 30 } });
    const [row] = await within(30, (signal) => session.query("SELECT pg_backend_pid() AS pid", { signal }));
    const activity = `SELECT count(*) FROM pg_stat_activity WHERE pid = ${row?.pid}`;
    const error = await troubleOf(() =>
      abortWhen(
        "the statement to run",
        { seconds: 0.2, isTime: async () => await primary.text(`${activity} AND state = 'active'`) === "1" },
        (signal) => session.query("SELECT pg_sleep(600)", { signal }),
      )
    );
    assertEquals([error.kind, error.step, session.closed], ["timeout", "query", true]);
    // A server detects a closed connection when it sends something.
    await primary.sql(`SELECT pg_cancel_backend(${row?.pid})`);
    await until("the backend has ended", async () => await primary.text(activity) === "0");
  });

  await t.step("explains a failed login", async () => {
    const wrong = (to: Partial<ConnectionTarget>) => troubleOf(() => open(cluster, primary, { to }));
    assertEquals((await wrong({ password: new Secret("wrong") })).sqlstate, "28P01");
    assertEquals((await wrong({ password: null })).kind, "auth");
    assertEquals((await wrong({ database: "nowhere" })).sqlstate, "3D000");
    assertEquals((await wrong({ host: "no-such-host.invalid" })).step, "resolve");
    assertEquals((await wrong({ sslMode: "require" })).step, "authenticate");
    // Nothing listens there, and nothing can.
    const refused = await wrong({ port: 1 });
    assertEquals([refused.kind, refused.step], ["refused", "connect"]);
  });

  await t.step("a server without free connections is reported", async () => {
    // A session of the previous step that is still ending would free a connection.
    await until(
      "earlier sessions have ended",
      async () =>
        await primary.text("SELECT count(*) FROM pg_stat_activity WHERE usename = 'monitor'") === "0",
    );
    await cluster.faults.exhaustConnections(primary);
    try {
      const error = await troubleOf(() => open(cluster, primary));
      assertEquals([error.kind, error.sqlstate], ["too_many_connections", "53300"]);
    } finally {
      await cluster.faults.releaseConnections(primary);
    }
  });

  await t.step("a frozen server ends with the deadline, which names the step", async () => {
    const proxy = cluster.proxyTo(standby);
    const login = { port: proxy.port, password: new Secret(cluster.passwords.monitor) };
    await cluster.faults.freeze(standby);
    try {
      const error = await troubleOf(() =>
        abortWhen(
          "the login to have begun",
          { seconds: 0.5, isTime: () => proxy.connections.some(({ sentBytes }) => sentBytes > 0) },
          (signal) =>
            openSession(target(login), {
              server: standby.name,
              signal,
              statementTimeoutSeconds: 20,
              lockTimeoutSeconds: 20,
              readTextFile: Deno.readTextFile,
            }),
        )
      );
      assertEquals([error.kind, error.step], ["timeout", "authenticate"]);
    } finally {
      await cluster.faults.thaw(standby);
    }
  });

  await t.step("the same connection survives a promotion", async () => {
    await using session = await open(cluster, standby);
    const role = () =>
      within(30, (signal) => session.query("SELECT pg_is_in_recovery() AS standby", { signal }));
    assertEquals((await role())[0]?.standby, "t");
    await cluster.faults.promote(standby);
    assertEquals([(await role())[0]?.standby, session.closed], ["f", false]);
  });
});
