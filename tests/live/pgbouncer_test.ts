import { assertEquals, assertMatch } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { findFreePort } from "../../compose/lab/ports.ts";
import { type Cluster, reasonToSkip, untilHolds } from "./support.ts";
import { valueOf, watchCluster } from "./watching.ts";

const PGBOUNCER = "/usr/sbin/pgbouncer";

function reasonToSkipPooler(): string | null {
  try {
    Deno.statSync(PGBOUNCER);
    return reasonToSkip();
  } catch {
    return "pgbouncer is not installed";
  }
}

/** pgbouncer with transaction pooling in front of one server, until disposed. */
async function startPooler(
  cluster: Cluster,
  server = cluster.primary,
): Promise<AsyncDisposable & { readonly port: number }> {
  const directory = await Deno.makeTempDir({ prefix: "pgrepl-pooler-" });
  const port = findFreePort();
  await Deno.chmod(directory, 0o755);
  await Deno.writeTextFile(`${directory}/users`, `"monitor" "${cluster.passwords.monitor}"\n`);
  await Deno.writeTextFile(
    `${directory}/pgbouncer.ini`,
    `[databases]\npostgres = host=127.0.0.1 port=${server.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n` +
      `listen_port = ${port}\nunix_socket_dir =\nauth_type = plain\nauth_file = ${directory}/users\n` +
      `pool_mode = transaction\ndefault_pool_size = 2\n`,
  );
  const isRoot = Deno.uid() === 0;
  const child = new Deno.Command(PGBOUNCER, {
    args: ["-q", `${directory}/pgbouncer.ini`],
    ...(isRoot ? { uid: 65534, gid: 65534 } : {}),
    stdout: "null",
    stderr: "null",
  }).spawn();
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await Deno.remove(directory, { recursive: true });
    },
  };
}

const skipped = reasonToSkipPooler();

Deno.test({
  name: `behind pgbouncer in transaction pooling everything works${
    skipped === null ? "" : ` (skipped: ${skipped})`
  }`,
  ignore: skipped !== null,
  async fn() {
    await using cluster = await startCluster({ standbys: 1 });
    // Defaults of the login reach the pooled backends, and must not reach our statements.
    for (
      const setting of [
        "default_transaction_isolation = 'serializable'",
        "extra_float_digits = -15",
        "exit_on_error = on",
        "standard_conforming_strings = off",
      ]
    ) {
      await cluster.primary.sql(`ALTER ROLE monitor SET ${setting}`);
    }
    await using pooler = await startPooler(cluster);
    await using watching = watchCluster(cluster, {
      ports: { primary: pooler.port },
      collect: { maxAgeSeconds: 0 },
    });
    await untilHolds("all to be known through the pooler", async () => {
      const families = await watching.service.scrape();
      assertEquals(valueOf(families, "pgrepl_up", { instance: "primary" }), 1);
      const bad = families.find(({ name }) => name === "pgrepl_collector_outcome")?.samples
        .filter(({ labels, value }) => labels.outcome === "failed" && value === 1);
      assertEquals(bad, []);
      assertEquals(valueOf(families, "pg_wal_senders", { instance: "primary" }), 1);
      assertEquals(valueOf(families, "pg_replication_lag_seconds", { instance: "standby" }), 0);
    });
    await cluster.primary.sql("REVOKE EXECUTE ON FUNCTION pg_show_all_settings() FROM PUBLIC");
    await untilHolds("the revoked function to be named", async () => {
      await watching.service.scrape();
      const runs = watching.service.view()?.servers.find(({ server }) => server === "primary")?.runs ?? [];
      const failed = runs.filter(({ outcome }) => outcome === "failed").map(({ reason }) => reason);
      assertMatch(
        failed.join(" and "),
        /^[^;]*; run: GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_all_settings\(\) TO monitor$/,
      );
    });
    // Timeouts are sent with every statement and end with it: the pooled backends keep their own settings. Once a second
    // one of them is active for a moment.
    await untilHolds("the pooled backends to be at rest", async () => {
      assertEquals(
        await cluster.primary.text(
          "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg-replication-exporter' AND state <> 'idle'",
        ),
        "0",
      );
    });
  },
});

Deno.test({
  name: `a switchover behind pgbouncer, whose queries wait for the stopped server, is no split brain${
    skipped === null ? "" : ` (skipped: ${skipped})`
  }`,
  ignore: skipped !== null,
  async fn() {
    await using cluster = await startCluster({ standbys: 1 });
    const standby = cluster.server("standby");
    await using first = await startPooler(cluster);
    await using second = await startPooler(cluster, standby);
    await using watching = watchCluster(cluster, {
      ports: { primary: first.port, standby: second.port },
      collect: { deadlineSeconds: 8 },
    });
    const view = () => watching.service.view({ maxAgeSeconds: 0 });
    await untilHolds("both to be known", () => {
      assertEquals(view()?.servers.map(({ up, role }) => `${up} ${role}`), ["true primary", "true standby"]);
    });
    await cluster.faults.stop("primary");
    await cluster.faults.promote(standby);
    const seen = new Set<string>();
    await untilHolds("the old primary to be known as lost", () => {
      const { servers = [], clusters: [status] = [] } = view() ?? {};
      seen.add(status?.primaries.join() ?? "");
      assertEquals(servers.map(({ up, role }) => `${up} ${role}`), ["false primary", "true primary"]);
    });
    assertEquals([...seen].filter((names) => names.includes(",")), []);
    const kinds = view()?.events.map(({ kind }) => kind) ?? [];
    assertEquals(kinds.filter((kind) => kind === "split_brain" || kind === "stranded"), []);
    assertEquals(kinds.includes("promoted"), true);
    // A server that is a primary again is heard as one after the promotion: that is a split brain.
    await cluster.faults.start("primary");
    await untilHolds("the split brain to be told", () => {
      const after = view()?.events.map(({ kind }) => kind) ?? [];
      assertEquals(after.includes("split_brain") && after.includes("stranded"), true, after.join());
    });
  },
});
