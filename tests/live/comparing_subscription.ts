/**
 * Tables of a subscription of the lab, and checks of them as the service makes them.
 *
 * @module
 */
import { assert } from "@std/assert";
import { DATABASE } from "../../compose/lab/app_database.ts";
import type { LogicalCluster } from "../../compose/lab/logical.ts";
import type { TableVerdict } from "../../src/consistency/check_table.ts";
import { describePublished } from "../../src/consistency/published_table.ts";
import { runTableCheck } from "../../src/consistency/run_table_check.ts";
import { SUBSCRIBER_ROLES, type TablePair } from "../../src/consistency/server_table.ts";
import { subscriberTable } from "../../src/consistency/subscriber_table.ts";
import { TableProgress } from "../../src/consistency/table_progress.ts";
import { openTableQuery, primaryTable } from "../../src/consistency/table_reader.ts";
import type { ServerConfig } from "../../src/config/config.ts";
import { systemClock } from "../../src/domain/clock.ts";
import { parseTableName } from "../../src/domain/table_name.ts";
import { openSession, type Session } from "../../src/postgres/session.ts";
import { LIMITS } from "./comparing.ts";
import { until } from "./support.ts";
import { serversOf } from "./watching.ts";

/** Tables that the subscriber has with other columns, in another order and of other types. */
const PUBLISHED = `
  CREATE TABLE shop (id int PRIMARY KEY, n int NOT NULL DEFAULT 0, price numeric(8, 2), ok bool, data char(9),
    doc json, seen timestamptz);
  CREATE TABLE texts (id text PRIMARY KEY, n int);
  CREATE TABLE keyless (a int, b text);
  ALTER TABLE keyless REPLICA IDENTITY FULL;
  CREATE TABLE parts (id int PRIMARY KEY, n int) PARTITION BY RANGE (id);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (50);
  CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (50) TO (1000);
  CREATE TABLE local_only (id int PRIMARY KEY);`;
const SUBSCRIBED = `
  CREATE TABLE shop (mine text DEFAULT 'x', seen timestamptz, doc jsonb, data text, ok text, price text, n bigint,
    id bigint PRIMARY KEY);
  CREATE TABLE texts (n int, id varchar(40) COLLATE "C" PRIMARY KEY);
  CREATE TABLE keyless (b text, a int);
  CREATE TABLE parts (id int PRIMARY KEY, n int) PARTITION BY RANGE (id);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (50);
  CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (50) TO (1000);
  CREATE TABLE local_only (id int PRIMARY KEY);`;
const PUBLISHED_SINCE_15 = `
  CREATE TABLE filtered (id int PRIMARY KEY, n int);
  CREATE TABLE listed (id int PRIMARY KEY, a int, b int);
  CREATE TABLE root (id int PRIMARY KEY, n int) PARTITION BY RANGE (id);
  CREATE TABLE root_1 PARTITION OF root FOR VALUES FROM (0) TO (1000);`;
const SUBSCRIBED_SINCE_15 = `
  CREATE TABLE filtered (id int PRIMARY KEY, n int);
  CREATE TABLE listed (id int PRIMARY KEY, a int, b int DEFAULT 7);
  CREATE TABLE root (id int PRIMARY KEY, n int);`;
const ROWS = `
  INSERT INTO shop SELECT i, 0, i / 3.0, i % 2 = 0, 'row ' || i, '{"a":  1}', now() FROM generate_series(1, 12000) AS i;
  INSERT INTO texts SELECT c || i, i FROM generate_series(1, 40) AS i, unnest(ARRAY['a', 'B', 'b-', 'ä']) AS c;
  INSERT INTO keyless SELECT i, 'x' FROM generate_series(1, 50) AS i;
  INSERT INTO parts SELECT i, 0 FROM generate_series(1, 99) AS i;
  INSERT INTO local_only VALUES (1);`;
const ROWS_SINCE_15 = `
  INSERT INTO filtered SELECT i, 0 FROM generate_series(1, 200) AS i;
  INSERT INTO listed SELECT i, i, i FROM generate_series(1, 200) AS i;
  INSERT INTO root SELECT i, 0 FROM generate_series(1, 200) AS i;`;

/** Creates the tables, publications and the subscription `rows`, of further tables too, and waits for the copies. */
export async function subscribeTables(logical: LogicalCluster, more: readonly string[] = []): Promise<void> {
  const has15 = logical.publisher.binaries.major >= 15;
  await logical.publish(PUBLISHED + ROWS + (has15 ? PUBLISHED_SINCE_15 + ROWS_SINCE_15 : ""));
  await logical.subscribe(SUBSCRIBED + (has15 ? SUBSCRIBED_SINCE_15 : ""));
  await logical.publish(
    `CREATE PUBLICATION rows_a FOR TABLE ${["shop", "texts", "keyless", "parts", ...more].join(", ")}`,
  );
  if (has15) {
    await logical.publish(
      `CREATE PUBLICATION rows_b FOR TABLE filtered WHERE (id <= 100), listed (id, a), root WITH (publish_via_partition_root)`,
    );
  }
  await logical.subscribe(
    `CREATE SUBSCRIPTION rows CONNECTION '${logical.conninfo()}' PUBLICATION rows_a${
      has15 ? ", rows_b" : ""
    }`,
  );
  await untilCopied(logical);
}

/** Waits until every table of every subscription is copied, and all is applied. */
export async function untilCopied(logical: LogicalCluster): Promise<void> {
  const copied = "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate <> 'r'";
  await until("the copies", async () => await logical.text(logical.subscriber, copied) === "0");
  await logical.untilConfirmed("rows");
}

/** The subscription, and its two servers in the exporter's configuration. */
async function pairOf(logical: LogicalCluster) {
  const servers = serversOf(logical.publisher);
  const [primary, standby] = ["primary", "subscriber"].map((name) =>
    servers.find((each) => each.name === name)
  );
  assert(primary !== undefined && standby !== undefined);
  const oid = await logical.text(
    logical.subscriber,
    "SELECT oid::text FROM pg_subscription WHERE subname = 'rows'",
  );
  const publications = logical.publisher.binaries.major >= 15 ? ["rows_a", "rows_b"] : ["rows_a"];
  const subscription = {
    ...{ name: "rows", oid: oid ?? "", slot: "rows", origin: null, publications },
    ...{ database: DATABASE, publisherDatabase: DATABASE },
  };
  return { primary, standby, subscription };
}

/** Sessions for many checks of a table of the subscription `rows`. */
export async function openSubscribed(
  logical: LogicalCluster,
  table: string,
): Promise<AsyncDisposable & { readonly pair: TablePair }> {
  const signal = AbortSignal.timeout(300_000);
  const { primary, standby, subscription } = await pairOf(logical);
  const sessions: Session[] = [];
  const endOf = async ({ name, target }: ServerConfig) => {
    const session = await openSession({ ...target, database: DATABASE }, {
      server: name,
      signal,
      statementTimeoutSeconds: 10,
      lockTimeoutSeconds: 10,
      readTextFile: Deno.readTextFile,
    });
    sessions.push(session);
    const limits = { signal, statementTimeoutSeconds: 10, remainingSeconds: () => 60 };
    const query = await openTableQuery(session, limits);
    return { query, user: target.user, where: name, versionNum: session.versionNum };
  };
  const ends = { subscription, publisher: await endOf(primary), subscriber: await endOf(standby) };
  const described = await describePublished(ends, parseTableName(table));
  assert(described !== null);
  return {
    pair: {
      roles: SUBSCRIBER_ROLES,
      table: described.published.table,
      primary: primaryTable(ends.publisher.query, described.published),
      standby: subscriberTable(ends, described.subscribed),
      clock: { ...systemClock, sleep: (seconds, signal) => systemClock.sleep(seconds / 20, signal) },
      signal,
      maxWaitSeconds: 20,
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(sessions.map((each) => each.close(AbortSignal.timeout(20_000))));
    },
  };
}

/** Checks a table of the subscription `rows`. */
export async function checkSubscribed(
  logical: LogicalCluster,
  table: string,
  { progress = new TableProgress(), ...limits }: Partial<typeof LIMITS> & {
    readonly progress?: TableProgress;
  } = {},
): Promise<TableVerdict | null> {
  return await runTableCheck(await pairOf(logical), parseTableName(table), {
    config: { ...LIMITS, ...limits },
    clock: systemClock,
    random: Math.random,
    readTextFile: Deno.readTextFile,
    signal: AbortSignal.timeout(60_000),
    progress,
  });
}
