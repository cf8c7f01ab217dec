import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Collector } from "../../src/collectors/collector.ts";
import type { SyncFact, WalDirectoryFact } from "../../src/domain/facts.ts";
import type { Row } from "../../src/postgres/decode.ts";
import {
  type CollectorResult,
  type PermittedContext,
  runCollectors,
} from "../../src/scrape/run_collectors.ts";
import { FakeClock, settle } from "../fixtures/fake_clock.ts";

const SYNC: SyncFact = {
  standbyNames: "",
  synchronousCommit: "on",
  waitingCommits: 0,
  oldestWaitSeconds: null,
};
const DIRECTORY: WalDirectoryFact = { files: 3, bytes: 3 << 24, oldestFile: null };

const shared = {
  help: "",
  roles: ["primary", "standby"],
  statements: [{ sql: "" }],
  families: [],
  measure: () => [],
} as const;

/** A context whose answers the test gives, in any order. */
function pendingContext() {
  const asked = new Map<string, PromiseWithResolvers<readonly Row[]>>();
  const context: PermittedContext = {
    versionNum: 150018,
    role: "primary",
    query: (sql) => {
      const answer = Promise.withResolvers<readonly Row[]>();
      asked.set(sql, answer);
      return answer.promise.then((rows) => ({ rows, unknown: "" }));
    },
  };
  return { context, asked };
}

const sync: Collector<"sync"> = {
  ...shared,
  name: "sync",
  async *collect(context) {
    await context.query("sync");
    yield SYNC;
  },
};

const directory: Collector<"wal_directory"> = {
  ...shared,
  name: "wal_directory",
  async *collect(context) {
    await context.query("directory");
    yield DIRECTORY;
    await context.query("directory again");
    yield DIRECTORY;
  },
};

async function gatherAll(results: AsyncIterable<CollectorResult>): Promise<CollectorResult[]> {
  return await Array.fromAsync(results);
}

Deno.test("runCollectors() sends every first statement before it awaits an answer", async () => {
  const { context, asked } = pendingContext();
  const all = gatherAll(runCollectors([sync, directory], { context, clock: new FakeClock() }));
  assertEquals([...asked.keys()], ["sync", "directory"]);
  asked.get("sync")?.resolve([]);
  asked.get("directory")?.reject(new Error("cut"));
  await all;
});

Deno.test("runCollectors() yields in the order in which collectors end", async () => {
  const { context, asked } = pendingContext();
  const all = gatherAll(runCollectors([directory, sync], { context, clock: new FakeClock() }));
  asked.get("sync")?.resolve([]);
  await settle();
  asked.get("directory")?.reject(new Error("cut"));
  assertEquals((await all).map(({ run }) => run.collector), ["sync", "wal_directory"]);
});

Deno.test("runCollectors() commits a collector whole or not at all", async () => {
  const { context, asked } = pendingContext();
  const all = gatherAll(runCollectors([sync, directory], { context, clock: new FakeClock() }));
  asked.get("sync")?.resolve([]);
  asked.get("directory")?.resolve([]);
  while (!asked.has("directory again")) await settle();
  asked.get("directory again")?.reject(new Error("statement timeout"));
  const [first, second] = await all;
  assertEquals(first?.facts, { sync: [SYNC] });
  assertEquals(second?.facts, {});
  assertEquals(second?.run.outcome, "failed");
  assertStringIncludes(second?.run.reason ?? "", "statement timeout");
});

Deno.test("runCollectors() distinguishes no rows from failure", async () => {
  const nothing: Collector<"sync"> = { ...sync, async *collect() {} };
  const [result] = await gatherAll(
    runCollectors([nothing], { context: pendingContext().context, clock: new FakeClock() }),
  );
  assertEquals([result?.run.outcome, result?.facts], ["empty", { sync: [] }]);
});
