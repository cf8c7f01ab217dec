/**
 * Consistency checks on servers of the lab: once, as the service makes them, or many on kept sessions.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { SqlClient } from "../../compose/lab/sql_client.ts";
import { systemClock } from "../../src/domain/clock.ts";
import type { ConsistencyVerdict } from "../../src/domain/consistency.ts";
import { parseTableName } from "../../src/domain/table_name.ts";
import { openSession } from "../../src/postgres/session.ts";
import type { TableVerdict } from "../../src/consistency/check_table.ts";
import { runTableCheck } from "../../src/consistency/run_table_check.ts";
import { TableProgress } from "../../src/consistency/table_progress.ts";
import { STANDBY_ROLES, type TablePair } from "../../src/consistency/server_table.ts";
import {
  describeTable,
  openTableQuery,
  primaryTable,
  standbyTable,
} from "../../src/consistency/table_reader.ts";
import type { Cluster, Server } from "./support.ts";
import { serversOf } from "./watching.ts";

/** Limits that no test reaches by chance. */
export const LIMITS = {
  statementTimeoutSeconds: 10,
  maxRows: 100_000,
  maxDurationSeconds: 30,
  maxLagSeconds: 20,
};

/** Checks a table as the service does, on sessions of its own. */
export async function check(
  cluster: Cluster,
  table: string,
  { standby = "standby", user = "monitor", ...limits }: Partial<typeof LIMITS> & {
    readonly standby?: string;
    readonly user?: "monitor" | "plain";
  } = {},
): Promise<TableVerdict | null> {
  const servers = serversOf(cluster, { user });
  const [from, to] = ["primary", standby].map((name) => servers.find((each) => each.name === name));
  assert(from !== undefined && to !== undefined);
  return await runTableCheck({ primary: from, standby: to }, parseTableName(table), {
    config: { ...LIMITS, ...limits },
    clock: systemClock,
    random: Math.random,
    readTextFile: Deno.readTextFile,
    signal: AbortSignal.timeout(60_000),
    progress: new TableProgress(),
  });
}

/** Sessions for many checks. */
export async function openPair(
  cluster: Cluster,
  table: string,
): Promise<AsyncDisposable & { readonly pair: TablePair }> {
  const signal = AbortSignal.timeout(120_000);
  const sessions = await Promise.all(
    serversOf(cluster).slice(0, 2).map(({ name, target }) =>
      openSession(target, {
        server: name,
        signal,
        statementTimeoutSeconds: 10,
        lockTimeoutSeconds: 10,
        readTextFile: Deno.readTextFile,
      })
    ),
  );
  const options = { signal, statementTimeoutSeconds: 10, remainingSeconds: () => 60 };
  const [onPrimary, onStandby] = await Promise.all(sessions.map((each) => openTableQuery(each, options)));
  assert(onPrimary !== undefined && onStandby !== undefined);
  const described = await describeTable(onPrimary, { name: parseTableName(table), user: "monitor" });
  assert(described !== null);
  return {
    pair: {
      roles: STANDBY_ROLES,
      table: described.table,
      primary: primaryTable(onPrimary, described),
      standby: standbyTable(onStandby, described),
      // Shorter pauses than in service: more reads during the same load.
      clock: { ...systemClock, sleep: (seconds, signal) => systemClock.sleep(seconds / 20, signal) },
      signal,
      maxWaitSeconds: 20,
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(sessions.map((each) => each.close(AbortSignal.timeout(20_000))));
    },
  };
}

/** Runs statements in a loop in a database, each turn with another row, until it is disposed. */
export function repeat(
  server: Server,
  turn: (id: number) => readonly string[],
  database = "postgres",
): AsyncDisposable & { failed: unknown } {
  const client: SqlClient = server.connect("postgres", database);
  const stop = new AbortController();
  const load: ReturnType<typeof repeat> = {
    failed: null,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
      await client.close();
    },
  };
  const running = (async () => {
    for (let count = 0; !stop.signal.aborted; count++) {
      for (const sql of turn(count % 120 + 1)) await client.query(sql);
    }
  })().catch((error) => {
    load.failed = error;
  });
  return load;
}

/** How often each verdict was given. */
export function count(verdicts: readonly TableVerdict[]): Readonly<Record<ConsistencyVerdict, number>> {
  const counts = { equal: 0, different: 0, busy: 0, skipped: 0, failed: 0 };
  for (const { verdict } of verdicts) counts[verdict]++;
  return counts;
}

/** Makes a table that the exporter may read, on all servers. */
export async function makeTable(cluster: Cluster, name: string, rows: number): Promise<void> {
  await cluster.primary.sql(`CREATE TABLE ${name} (id int PRIMARY KEY, n int NOT NULL, data text)`);
  await cluster.primary.sql(
    `INSERT INTO ${name} SELECT i, 0, 'row ' || to_char(i, 'FM00000') || ' alpha' FROM generate_series(1, ${rows}) AS i`,
  );
  await cluster.primary.sql(`GRANT SELECT ON ${name} TO monitor`);
  await cluster.untilCaughtUp();
}

/** Replaces the first occurrence of a text in a file by another of the same length. */
export async function patch(
  path: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  const bytes = await Deno.readFile(path);
  const [wanted, put] = [from, to].map((text) => new TextEncoder().encode(text));
  assert(wanted !== undefined && put !== undefined && wanted.length === put.length);
  const at = bytes.findIndex((_, index) => wanted.every((byte, offset) => bytes[index + offset] === byte));
  assert(at >= 0, `${from} is in ${path}`);
  bytes.set(put, at);
  const file = await Deno.open(path, { write: true });
  await file.seek(at, Deno.SeekMode.Start);
  await file.write(put);
  file.close();
}
