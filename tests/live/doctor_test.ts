import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { databaseChecks } from "../../src/cluster/findings/databases.ts";
import { failoverSlotChecks } from "../../src/cluster/findings/failover_slots.ts";
import { logicalSlotChecks } from "../../src/cluster/findings/logical_slots.ts";
import { replicatedTableChecks } from "../../src/cluster/findings/replicated_tables.ts";
import { subscriptionChecks } from "../../src/cluster/findings/subscriptions.ts";
import { runCommand } from "./command.ts";
import { reasonToSkip, until, untilHolds } from "./support.ts";

const ignore = reasonToSkip() !== null;
const SAFE = { fsync: "on", full_page_writes: "on" };

/** Checks of logical replication. */
const LOGICAL: ReadonlySet<string> = new Set([
  "subscription_data_differs",
  ...[subscriptionChecks, logicalSlotChecks, failoverSlotChecks, databaseChecks, replicatedTableChecks]
    .flatMap((group) => group.map(({ name }) => name)),
]);

/** The part of the JSON that this test reads. */
interface Said {
  readonly version: number;
  readonly status: string;
  readonly findings: readonly {
    readonly check: string;
    readonly advice: string;
    readonly severity: string;
  }[];
  readonly checks: readonly { readonly name: string; readonly outcome: string }[];
}

Deno.test({ name: "doctor on a real cluster", ignore }, async (t) => {
  await using cluster = await startCluster({ standbys: 1, settings: SAFE });
  const doctor = async (...args: readonly string[]) => {
    const outcome = await runCommand(cluster, ["doctor", "--json", "--sample=1s", ...args]);
    assertEquals(outcome.stderr, "");
    const said: Said = JSON.parse(outcome.stdout);
    return { ...outcome, said };
  };

  await t.step("a healthy cluster: every check ran, nothing above info, exit 0", async () => {
    await untilHolds("all to be well", async () => {
      const { code, said } = await doctor();
      assertEquals([code, said.version, said.status], [0, 1, "ok"]);
      assertEquals(said.findings.filter(({ severity }) => severity !== "info"), []);
      const isLogical = ({ name }: { readonly name: string }) => LOGICAL.has(name);
      const outcomes = new Set(said.checks.filter(isLogical).map(({ outcome }) => outcome));
      assertEquals([...outcomes], ["does_not_apply"], "there is no logical replication here");
      // A single run compares no tables.
      assertEquals(
        said.checks.filter((each) => !isLogical(each) && !["fine", "found"].includes(each.outcome))
          .map(({ name, outcome }) => `${name} ${outcome}`),
        [
          "not_discovered does_not_apply",
          "data_differs does_not_apply",
          "consistency_not_checked does_not_apply",
          // Nothing is synchronous here.
          "sync_short does_not_apply",
          "commits_wait does_not_apply",
          "sync_no_spare does_not_apply",
        ],
      );
    });
    await untilHolds("all to be well, as a text", async () => {
      const text = await runCommand(cluster, ["doctor", "--sample=1s"]);
      assertEquals(text.code, 0);
      assertMatch(text.stdout, /^Ok: .*on 2 of 2 servers\)/);
      assertStringIncludes(text.stdout, "Replay is not paused on any standby");
    });
  });

  await t.step("paused replay: a warning whose advice fixes it", async () => {
    await cluster.faults.pauseReplay("standby");
    await cluster.primary.sql("INSERT INTO test_data (data) VALUES ('waits')");
    await until(
      "the standby to receive it",
      async () =>
        await cluster.server("standby").text(
          "SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()",
        ) === "true",
    );
    const { code, said } = await doctor();
    assertEquals([code, said.status], [1, "warning"]);
    const advice = said.findings.find(({ check }) => check === "replay_paused")?.advice ?? "";
    assertMatch(advice, /SELECT pg_wal_replay_resume\(\)/);
    assertEquals((await doctor("--check=replay_paused")).code, 1);
    assertEquals((await doctor("--check=clock_off")).code, 0);
    await cluster.server("standby").sql(advice.match(/SELECT [^;]+/)?.[0] ?? "");
    await cluster.untilCaughtUp("standby");
    assertEquals((await doctor("--check=replay_paused")).code, 0);
  });

  await t.step("checks that could not run are listed with the reason", async () => {
    await cluster.faults.kill("standby");
    const { stdout } = await runCommand(cluster, ["doctor", "--sample=1s", "--no-collector.archive_queue"]);
    assertMatch(
      stdout,
      /NOT CHECKED[\s\S]*archive_backlog[\s\S]*primary {2}Collector archive_queue is switched off/,
    );
    assertMatch(stdout, /UNREACHABLE\n {2}standby {2}Cannot connect/);
    assertMatch(stdout, /standby {2}It is unreachable \(\d+ checks\)/);
  });

  await t.step("all servers unreachable: critical, 2, as in the report", async () => {
    await cluster.faults.kill("primary");
    const { code, said } = await doctor();
    assertEquals([code, said.status], [2, "critical"]);
    assert(said.findings.length > 0);
  });
});
