import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { type CommandOutcome, runCommand } from "./command.ts";
import { type Cluster, reasonToSkip, until, untilHolds } from "./support.ts";

/** By default the lab gives its standbys more connections than its primary. */
const SAFE = { fsync: "on", full_page_writes: "on", max_connections: "100" };

const ignore = reasonToSkip() !== null;

/** The part of the JSON that this test reads. */
interface Said {
  readonly verdict: string;
  readonly kind: string;
  readonly better: string | null;
  readonly primary: string | null;
  readonly loss: Readonly<Record<string, unknown>>;
  readonly steps: readonly { readonly where: string; readonly commands: readonly string[] }[];
}

async function preflight(cluster: Cluster, name: string): Promise<CommandOutcome & { readonly said: Said }> {
  const outcome = await runCommand(cluster, ["preflight", name, "--json", "--sample=1s"]);
  assertEquals(outcome.stderr, "");
  const said: Said = JSON.parse(outcome.stdout);
  assert(
    !Object.values(cluster.passwords).some((password) => outcome.stdout.includes(password)),
    "the output contains no password",
  );
  return { ...outcome, said };
}

/** Bytes of WAL that a standby has not received, according to PostgreSQL itself. */
async function missing({ primary }: Cluster, receive: string): Promise<number> {
  return Number(await primary.text(`SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '${receive}')`));
}

async function received(cluster: Cluster, name: string): Promise<string> {
  return await cluster.server(name).text(
    "SELECT GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())",
  ) ?? "";
}

/** SQL statements in the steps of a preflight for one server. */
function sqlFor({ steps }: Said, server: string): readonly string[] {
  return steps.filter(({ where }) => where.startsWith(`${server} (`))
    .flatMap(({ commands }) => commands).filter((command) => /^(SELECT|ALTER SYSTEM) /.test(command));
}

Deno.test({ name: "preflight on a real cluster", ignore }, async (t) => {
  await using cluster = await startCluster({
    standbys: 2,
    settings: SAFE,
  });
  const { primary, faults } = cluster;

  await t.step("healthy: go, nothing lost", async () => {
    // The primary may write a record by itself at any moment, which the standby does not have yet.
    await untilHolds("a go without any loss", async () => {
      const { code, said } = await preflight(cluster, "standby");
      assertEquals([code, said.verdict, said.kind, said.primary], [0, "go", "switchover", "primary"]);
      assertEquals([said.loss["bytes"], said.loss["seconds"]], [0, 0]);
    });
    await untilHolds("a go as a text", async () => {
      const text = await runCommand(cluster, ["preflight", "standby", "--sample=1s"]);
      assertEquals(text.code, 0);
      assertMatch(text.stdout, /^Go: "standby" may become the primary/);
    });
  });

  await t.step(
    "cut off and behind: no go, the bytes are those PostgreSQL counts, the other is better",
    async () => {
      await faults.cutLink("standby2");
      await primary.sql(
        "INSERT INTO test_data (data) SELECT repeat('x', 1000) FROM generate_series(1, 20000)",
      );
      await cluster.untilCaughtUp("standby");
      const before = await missing(cluster, await received(cluster, "standby2"));
      const { code, said } = await preflight(cluster, "standby2");
      const after = await missing(cluster, await received(cluster, "standby2"));
      assertEquals([code, said.verdict, said.better], [2, "no_go", "standby"]);
      const bytes = Number(said.loss["bytes"]);
      // Between the two queries the primary may write a record or two by itself.
      assert(before <= bytes && bytes <= after, `${before} <= ${bytes} <= ${after}`);
      assert(bytes > 20_000_000, String(bytes));
      assert(Number(said.loss["seconds"]) > 0);
    },
  );

  await t.step("replay paused: a warning with the statement that resumes it", async () => {
    await faults.pauseReplay("standby");
    const { code, stdout } = await preflight(cluster, "standby");
    assertEquals(code, 1);
    assertStringIncludes(stdout, "SELECT pg_wal_replay_resume()");
    await faults.resumeReplay("standby");
  });

  await t.step("not a standby, or unknown: no guessed verdict", async () => {
    assertEquals((await preflight(cluster, "primary")).code, 2);
    const typo = await runCommand(cluster, ["preflight", "standby3"]);
    assertEquals(typo.code, 3);
    assertStringIncludes(typo.stderr, 'did you mean "standby');
  });

  await t.step(
    "the primary dies: no go for the standby behind, go with unknown losses for the other",
    async () => {
      await faults.kill("primary");
      await until(
        "the receiver to notice",
        async () => await cluster.server("standby").text("SELECT count(*) FROM pg_stat_wal_receiver") === "0",
      );
      const worse = await preflight(cluster, "standby2");
      assertEquals([worse.code, worse.said.better, worse.said.loss["bytes"]], [2, "standby", null]);
      assert(Number(worse.said.loss["at_least_bytes"]) > 20_000_000);
      const { code, said, stdout } = await preflight(cluster, "standby");
      assertEquals([code, said.verdict, said.kind], [3, "go_with_unknown_losses", "failover"]);
      assertEquals([said.loss["bytes"], said.loss["seconds"]], [null, null]);
      assertStringIncludes(stdout, "had written is unknown");

      // The printed SQL for the standby works unchanged.
      const standby = cluster.server("standby");
      for (const statement of sqlFor(said, "standby")) await standby.sql(statement);
      assertEquals(await standby.text("SELECT pg_is_in_recovery()"), "false");
      assertEquals(
        await standby.text("SELECT string_agg(slot_name, ',' ORDER BY slot_name) FROM pg_replication_slots"),
        "primary,standby2",
      );
    },
  );
});
