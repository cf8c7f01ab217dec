import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { subscriptions } from "../../src/collectors/subscriptions.ts";
import type { Row } from "../../src/postgres/decode.ts";
import { server } from "../cluster/fixtures.ts";
import { type Asked, factsOf, linesOf, linesOfRows, nullExcept } from "./collecting.ts";

const COUNTERS = {
  apply_error_count: "3",
  sync_error_count: "0",
  confl_insert_exists: "3",
  confl_update_origin_differs: "0",
  confl_update_exists: "0",
  confl_update_missing: "1",
  confl_delete_origin_differs: "0",
  confl_delete_missing: "0",
  confl_multiple_unique_conflicts: "0",
};

const NO_BLOCKER = {
  blocker: null,
  is_prepared: null,
  blocker_database: null,
  blocker_user: null,
  blocker_application: null,
  blocker_age: null,
};

const ROW: Row = {
  oid: "16403",
  subname: "app_sub",
  subenabled: "t",
  subslotname: "app_sub",
  database: "app",
  publications: "app_pub\nother",
  substream: "p",
  subdisableonerr: "f",
  subtwophasestate: "d",
  suborigin: "any",
  subfailover: "t",
  pid: "500",
  relid: null,
  leader_pid: null,
  received_lsn: "0/5000100",
  latest_end_lsn: "0/5000000",
  message_age: "0.25",
  worker_age: "3600",
  wait_event_type: "Activity",
  wait_event: "LogicalApplyMain",
  ...NO_BLOCKER,
  tuples_processed: null,
  bytes_processed: null,
  ...COUNTERS,
  tables: "r 3 d 1",
  is_here: "t",
  running_workers: "2",
  background_workers: "3",
  max_logical_workers: "4",
  max_sync_workers: "2",
  max_worker_processes: "8",
};

const BLOCKER = {
  blocker: "4242",
  is_prepared: "f",
  blocker_database: null,
  blocker_user: "alice",
  blocker_application: "psql",
  blocker_age: "12.5",
};
const COPY: Row = {
  ...ROW,
  pid: "501",
  relid: "16397",
  received_lsn: null,
  latest_end_lsn: null,
  tuples_processed: "1000",
  bytes_processed: "65536",
  worker_age: "9",
};
const PARALLEL: Row = { ...ROW, pid: "502", leader_pid: "500", received_lsn: null, latest_end_lsn: null };
const STOPPED: Row = {
  ...ROW,
  subenabled: "f",
  pid: null,
  received_lsn: null,
  latest_end_lsn: null,
  message_age: null,
  worker_age: null,
  wait_event_type: null,
  wait_event: null,
};
/** What cannot be NULL. */
const REQUIRED = [
  "subname",
  "subenabled",
  "running_workers",
  "max_logical_workers",
  "max_sync_workers",
  "max_worker_processes",
] as const;

Deno.test("subscriptions publishes a subscription once, with all its workers", async () => {
  const lines = await linesOfRows(subscriptions, [{ ...ROW, ...BLOCKER }, PARALLEL, COPY, COPY]);
  assertEquals(lines.filter((line) => !line.includes("conflicts_total")), [
    'pgrepl_logical_workers{instance="a"} 2',
    'pgrepl_logical_workers_limit{instance="a"} 4',
    'pgrepl_subscription_blocked_seconds{instance="a",subscription="app_sub"} 12.5',
    'pgrepl_subscription_enabled{instance="a",subscription="app_sub"} 1',
    'pgrepl_subscription_errors_total{instance="a",subscription="app_sub",kind="apply"} 3',
    'pgrepl_subscription_errors_total{instance="a",subscription="app_sub",kind="sync"} 0',
    'pgrepl_subscription_message_age_seconds{instance="a",subscription="app_sub"} 0.25',
    'pgrepl_subscription_workers{instance="a",subscription="app_sub",worker="apply"} 1',
    'pgrepl_subscription_workers{instance="a",subscription="app_sub",worker="parallel"} 1',
    'pgrepl_subscription_workers{instance="a",subscription="app_sub",worker="table_copy"} 2',
  ]);
  assertEquals(lines.filter((line) => line.includes("conflicts_total")).length, 7);
});

Deno.test("subscriptions decodes a row of each worker", async () => {
  const [fact, ...others] = await factsOf(subscriptions, [ROW, PARALLEL, COPY]);
  assertEquals(others, []);
  assertEquals(fact, {
    subscription: "app_sub",
    name: "app_sub",
    oid: "16403",
    database: "app",
    enabled: true,
    slot: "app_sub",
    publications: ["app_pub", "other"],
    streaming: "parallel",
    disablesOnError: false,
    twoPhase: false,
    origin: "any",
    failover: true,
    workerPid: 500,
    workerSeconds: 3600,
    receivedPosition: 0x5000100n,
    latestEndPosition: 0x5000000n,
    lastMessageAgeSeconds: 0.25,
    waitEventType: "Activity",
    waitEvent: "LogicalApplyMain",
    blockedBy: null,
    parallelWorkers: 1,
    copies: [{ table: "16397", rows: 1000, bytes: 65536, seconds: 9, blockedBy: null }],
    tables: { r: 3, d: 1 },
    applyErrorsTotal: 3,
    syncErrorsTotal: 0,
    conflictsTotal: {
      insert_exists: 3,
      update_origin_differs: 0,
      update_exists: 0,
      update_missing: 1,
      delete_origin_differs: 0,
      delete_missing: 0,
      multiple_unique_conflicts: 0,
    },
    runningWorkers: 2,
    maxLogicalWorkers: 4,
    maxSyncWorkers: 2,
    runningBackgroundWorkers: 3,
    maxWorkerProcesses: 8,
  });
});

Deno.test("subscriptions: who blocks the apply worker, one that applies in parallel, a copy", async () => {
  const session = {
    by: "4242",
    isPrepared: false,
    database: "",
    user: "alice",
    applicationName: "psql",
    seconds: 12.5,
  };
  for (const rows of [[{ ...ROW, ...BLOCKER }], [ROW, { ...PARALLEL, ...BLOCKER }]]) {
    assertEquals((await factsOf(subscriptions, rows))[0]?.blockedBy, session);
  }
  const [copying] = await factsOf(subscriptions, [ROW, { ...COPY, ...BLOCKER }]);
  assertEquals([copying?.blockedBy, copying?.copies[0]?.blockedBy], [null, session]);
  const prepared = {
    blocker: "it's left",
    is_prepared: "t",
    blocker_database: "app",
    blocker_application: null,
  };
  assertEquals((await factsOf(subscriptions, [{ ...ROW, ...BLOCKER, ...prepared }]))[0]?.blockedBy, {
    ...session,
    by: "it's left",
    isPrepared: true,
    database: "app",
    applicationName: "",
  });
});

Deno.test("subscriptions: a disabled one has no worker, and no age of a message", async () => {
  const lines = await linesOfRows(subscriptions, [STOPPED]);
  assertEquals(lines.filter((line) => /enabled|workers\{|message_age|blocked/.test(line)), [
    'pgrepl_logical_workers{instance="a"} 2',
    'pgrepl_subscription_enabled{instance="a",subscription="app_sub"} 0',
    'pgrepl_subscription_workers{instance="a",subscription="app_sub",worker="apply"} 0',
    'pgrepl_subscription_workers{instance="a",subscription="app_sub",worker="parallel"} 0',
    'pgrepl_subscription_workers{instance="a",subscription="app_sub",worker="table_copy"} 0',
  ]);
});

Deno.test("subscriptions: only copies run, and nothing is taken from them for the apply worker", async () => {
  const [fact] = await factsOf(subscriptions, [COPY]);
  assertEquals([fact?.workerPid, fact?.lastMessageAgeSeconds, fact?.copies.length], [null, null, 1]);
});

Deno.test("subscriptions: two databases may have the same name, and each has a series of its own", async () => {
  const facts = await factsOf(subscriptions, [ROW, { ...ROW, oid: "16500", database: "other" }]);
  assertEquals(facts.map(({ subscription, database }) => [subscription, database]), [
    ["app_sub", "app"],
    ["app_sub#2", "other"],
  ]);
});

Deno.test("subscriptions: NULL everywhere publishes only what is certain", async () => {
  assertEquals(await linesOfRows(subscriptions, [nullExcept(ROW, ...REQUIRED)]), [
    'pgrepl_logical_workers{instance="a"} 2',
    'pgrepl_logical_workers_limit{instance="a"} 4',
    'pgrepl_subscription_enabled{instance="a",subscription="app_sub"} 1',
    'pgrepl_subscription_workers{instance="a",subscription="app_sub",worker="apply"} 0',
    'pgrepl_subscription_workers{instance="a",subscription="app_sub",worker="parallel"} 0',
    'pgrepl_subscription_workers{instance="a",subscription="app_sub",worker="table_copy"} 0',
  ]);
  assertEquals(linesOf(subscriptions, []), []);
  const [fact] = await factsOf(subscriptions, [nullExcept(ROW, ...REQUIRED)]);
  assertEquals([fact?.slot, fact?.publications, fact?.tables, fact?.oid], ["", [], null, null]);
  for (const column of REQUIRED) {
    await assertRejects(() => factsOf(subscriptions, [{ ...ROW, [column]: null }]), TypeError, `"${column}"`);
  }
});

Deno.test("subscriptions: states of tables are those of the session's own database", async () => {
  const tablesOf = async (row: Row) => (await factsOf(subscriptions, [{ ...ROW, ...row }]))[0]?.tables;
  assertEquals(await tablesOf({ is_here: "f", tables: null }), null);
  assertEquals(await tablesOf({ is_here: "t", tables: null }), {}, "it has none");
});

for (
  const [substream, versionNum, streaming] of [
    [null, 130023, null],
    ["f", 140000, "off"],
    ["t", 150000, "on"],
    ["p", 160000, "parallel"],
  ] as const
) {
  Deno.test(`subscriptions: substream ${substream} is ${streaming}`, async () => {
    const [fact] = await factsOf(subscriptions, [{ ...ROW, substream }], { versionNum });
    assertEquals(fact?.streaming, streaming);
  });
}

Deno.test("subscriptions asks each major only for what it has", async () => {
  const has = async (versionNum: number) => {
    const asked: Asked[] = [];
    await factsOf(subscriptions, [], { versionNum, asked });
    const [{ sql } = { sql: "" }] = asked;
    assertEquals(asked.length, 1);
    assertStringIncludes(sql, "pg_catalog.pg_blocking_pids(worker.pid)");
    return [
      "pg_stat_progress_copy",
      "substream AS substream",
      "stats.apply_error_count",
      "subdisableonerr AS subdisableonerr",
      "suborigin AS suborigin",
      "worker.leader_pid",
      "subfailover AS subfailover",
      "stats.confl_update_missing",
    ].filter((each) => sql.includes(each)).length;
  };
  const counts: number[] = [];
  for (const version of [130000, 140000, 150000, 160000, 170000, 180000, 190000]) {
    counts.push(await has(version));
  }
  assertEquals(counts, [0, 2, 4, 6, 7, 8, 8]);
  assertEquals(subscriptions.applies?.(server({ hasSubscriptions: false })), false);
  for (const hasSubscriptions of [true, null]) {
    assertEquals(subscriptions.applies?.(server({ hasSubscriptions })), true);
  }
  assertEquals(subscriptions.applies?.(server({ hasSubscriptions: null, inRecovery: true })), false);
});
