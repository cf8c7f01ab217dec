/**
 * Logical replication over the promotion of a standby of the publisher, and the move to the subscriber: the steps of
 * preflight, carried out as they are printed.
 *
 * `PGREPL_TEST_MAJORS=15,17,18` tests those major versions; 18 when it is not set.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type LogicalCluster, startLogicalCluster } from "../../compose/lab/logical.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { runCommand } from "./command.ts";
import { typeIntoPsql } from "./psql.ts";
import { obeyStep, type PrintedStep } from "./obey_steps.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, type Server, until, untilHolds } from "./support.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);
const majors = (Deno.env.get("PGREPL_TEST_MAJORS") ?? "18").split(",").map(Number);
const SAFE = { fsync: "on", full_page_writes: "on", max_connections: "100" };

interface Said {
  readonly verdict: string;
  readonly kind: string;
  readonly headline: string;
  readonly points: readonly {
    readonly part: string;
    readonly weight: string;
    readonly text: string;
    readonly advice: string;
  }[];
  readonly consumers: readonly {
    readonly subscription: string;
    readonly server: string;
    readonly fate: string;
  }[];
  readonly steps: readonly PrintedStep[];
}

async function preflight(
  { publisher }: Pick<LogicalCluster, "publisher">,
  name: string,
  exporter?: ServeProcess,
): Promise<Said & { readonly code: number }> {
  const from = exporter === undefined ? ["--sample=1s"] : [`--from=${exporter.url}`];
  const { code, stdout, stderr } = await runCommand(
    publisher,
    ["preflight", name, "--json", ...from],
    exporter === undefined ? {} : { only: [] },
  );
  assertEquals(stderr, "");
  const said: Said = JSON.parse(stdout);
  return { ...said, code };
}

const ALL_ROWS =
  "SELECT md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM (SELECT 'o' AS kind, id, customer_id::text FROM orders " +
  "UNION ALL SELECT 'c', id, name FROM customers) AS t";

async function untilSame(logical: LogicalCluster, from: Server): Promise<void> {
  await until(
    "the subscriber to have exactly the rows of the publisher",
    async () => await logical.text(logical.subscriber, ALL_ROWS) === await logical.text(from, ALL_ROWS),
  );
}

async function order(logical: LogicalCluster, server: Server, customer: number): Promise<void> {
  await server.client("app").query(
    `INSERT INTO orders (customer_id) SELECT ${customer} FROM generate_series(1, 100)`,
  );
  void logical;
}

for (const major of majors) {
  for (const failover of major >= 17 ? [true, false] : [false]) {
    Deno.test({
      name: `a switchover of the publisher with${
        failover ? "" : "out"
      } failover slots on PostgreSQL ${major}`,
      ignore,
    }, async () => {
      await using logical = await startLogicalCluster({
        major,
        standbys: 1,
        cdc: false,
        failover,
        settings: SAFE,
      });
      const { publisher } = logical;
      const standby = publisher.server("standby");
      await order(logical, publisher.primary, 1);
      await logical.untilCaughtUp();
      const said = await preflight(logical, "standby");
      assertEquals(
        said.consumers.map(({ subscription, server, fate }) => [subscription, server, fate]),
        [["app_sub", "subscriber", failover ? "repoint" : "copy_anew"]],
        JSON.stringify(said.points),
      );
      assertEquals(said.kind, "switchover");
      for (const step of said.steps) {
        await obeyStep(step, publisher);
        if (step.title.startsWith("Check that it accepts writes")) await order(logical, standby, 2);
      }
      await order(logical, standby, 3);
      await untilSame(logical, standby);
      assertEquals(await logical.text(standby, "SELECT count(*) FROM orders"), "300");
      const left = "SELECT count(*) FROM pg_replication_slots WHERE slot_type = 'logical'";
      if (failover) {
        await until("the slots to be synchronized the other way round", async () => {
          // A new connection wakes the server, which starts the worker otherwise within a minute.
          await typeIntoPsql(publisher.primary, "SELECT 1");
          await standby.sql("SELECT pg_log_standby_snapshot()");
          return await publisher.primary.text(`${left} AND synced AND NOT temporary`) === "1";
        });
        assertEquals(await standby.text("SHOW synchronized_standby_slots"), "primary");
        await order(logical, standby, 4);
        await untilSame(logical, standby);
      } else assertEquals(await publisher.primary.text(left), "0", "nothing retains WAL on the old primary");
    });
  }

  Deno.test({
    name: `a failover that the subscriber is ahead of, on PostgreSQL ${major}`,
    ignore: ignore || major < 17,
  }, async () => {
    await using logical = await startLogicalCluster({ major, standbys: 1, cdc: false, settings: SAFE });
    const { publisher, subscriber } = logical;
    const { primary } = publisher;
    const standby = publisher.server("standby");
    await primary.sql("ALTER SYSTEM SET synchronized_standby_slots = ''");
    await primary.sql("SELECT pg_reload_conf()");
    await order(logical, primary, 1);
    await logical.untilCaughtUp();
    await logical.untilSynchronized();
    await using exporter = await ServeProcess.start(FROM_SOURCE, {
      args: [
        ...publisher.servers.map((server) => `--server=${server.name}=${server.dsn()}`),
        "--management.socket=none",
        "--collect.deadline=30s",
      ],
    });
    await publisher.faults.cutLink("standby");
    await order(logical, primary, 2);
    await until(
      "the subscriber to have them",
      async () => await logical.text(subscriber, "SELECT count(*) FROM orders") === "200",
    );
    assertEquals((await preflight(logical, "app_sub", exporter)).headline.startsWith("No go"), false);
    const written = Number(await primary.text("SELECT pg_current_wal_lsn() - '0/0'"));
    await untilHolds("the exporter to know of them", async () => {
      const families = await (await exporter.fetch("/metrics")).text();
      const [, position] =
        /pgrepl_wal_position_bytes\{instance="primary",position="write"\} (\d+)\n/.exec(families) ?? [];
      assert(Number(position) >= written, position);
      assertMatch(families, /pgrepl_subscription_lag_bytes\{.*stage="confirmed"\} 0\n/);
    });
    await publisher.faults.kill("primary");
    await until(
      "the standby to stream no more",
      async () => await standby.text("SELECT count(*) FROM pg_stat_wal_receiver") === "0",
    );
    await untilHolds("the exporter to know that the primary is down", async () => {
      const families = await (await exporter.fetch("/metrics")).text();
      assertMatch(families, /pgrepl_up\{[^}]*instance="primary"[^}]*\} 0\n/);
    });
    const said = await preflight(logical, "standby", exporter);
    assertEquals(said.consumers.map(({ fate }) => fate), ["loses_data"], JSON.stringify(said.points));
    const loss = said.points.find(({ part, weight }) => part === "subscriptions" && weight === "loss");
    assertMatch(
      loss?.text ?? "",
      /^Subscription "app_sub" on "subscriber" loses data: it has applied up to [1-9]/,
    );
    const until_ = said.steps.findIndex(({ title }) => title.startsWith("Bring"));
    for (const step of said.steps.slice(0, until_)) {
      if (!step.where.startsWith("primary")) await obeyStep(step, publisher);
      if (step.title.startsWith("Check that it accepts writes")) await order(logical, standby, 3);
    }
    await untilSame(logical, standby);
    assertEquals(
      await logical.text(subscriber, "SELECT string_agg(DISTINCT customer_id::text, ',') FROM orders"),
      "1,3",
    );
  });

  Deno.test({ name: `applications move to the subscriber on PostgreSQL ${major}`, ignore }, async () => {
    await using logical = await startLogicalCluster({ major, standbys: 0, cdc: false, settings: SAFE });
    const { publisher, subscriber } = logical;
    const { primary } = publisher;
    await order(logical, primary, 1);
    await logical.untilCaughtUp();
    const said = await preflight(logical, "app_sub");
    assertEquals(
      [said.kind, said.verdict, said.code],
      ["logical_switchover", "go_with_warnings", 1],
      JSON.stringify(said.points),
    );
    assertEquals((await preflight(logical, "subscriber")).steps.length, said.steps.length);
    const last = said.steps.length - 1;
    for (const step of said.steps.slice(0, last)) await obeyStep(step, publisher);
    // What applications do now: values of sequences that are new, and rows that lead back.
    await order(logical, subscriber, 2);
    await until(
      "the way back",
      async () => await logical.text(primary, "SELECT count(*) FROM orders") === "200",
    );
    await untilSame(logical, primary);
    const [step] = said.steps.slice(last);
    assert(step !== undefined);
    await obeyStep(step, publisher);
    assertEquals(await primary.text("SELECT count(*) FROM pg_replication_slots"), "0");
    assertEquals(await subscriber.text("SELECT count(*) FROM pg_replication_slots"), "0");
  });
}
