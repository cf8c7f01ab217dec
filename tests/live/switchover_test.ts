import { assert, assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { runCommand } from "./command.ts";
import { type Cluster, reasonToSkip, type Server, until } from "./support.ts";

const ignore = reasonToSkip() !== null;

/** Runs the command of a step on a server, as a person would, with the password that no step contains. */
async function obey(
  command: string,
  { server, cluster }: { readonly server: Server; readonly cluster: Cluster },
) {
  const withPassword = command.replace(
    "application_name=",
    `password=${cluster.passwords.replicator} application_name=`,
  );
  const written = /^echo "(.*)" >> "\$PGDATA\/postgresql\.auto\.conf"/.exec(withPassword)?.[1];
  if (/^(SELECT|ALTER SYSTEM) /.test(command)) {
    const [first] = await server.sql(withPassword);
    if (command.includes(" AS has_all")) assertEquals(first?.["has_all"], true, command);
  } else if (command.startsWith("pg_ctl stop")) await server.stop("fast");
  else if (command.startsWith("pg_ctl restart")) await server.restart();
  else if (command.startsWith("pg_ctl start")) await server.start();
  else if (command.startsWith("touch ")) await Deno.writeTextFile(`${server.dataDir}/standby.signal`, "");
  else if (written !== undefined) {
    await Deno.writeTextFile(`${server.dataDir}/postgresql.auto.conf`, `${written}\n`, { append: true });
  } else assert(/^(psql|pg_controldata|pg-replication-exporter) /.test(command), `no step does "${command}"`);
}

Deno.test(
  { name: "a switchover with the printed steps loses nothing, and all servers follow", ignore },
  async () => {
    await using cluster = await startCluster({
      standbys: 2,
      settings: { fsync: "on", full_page_writes: "on" },
    });
    const { primary } = cluster;
    await primary.sql("INSERT INTO test_data (data) SELECT 'kept' FROM generate_series(1, 1000)");
    const outcome = await runCommand(cluster, ["preflight", "standby", "--json", "--sample=1s"]);
    // The primary of the lab allows fewer connections than its standbys; as a standby its replay would stop.
    assertEquals([outcome.code, outcome.stderr], [1, ""]);
    const said: {
      readonly steps: readonly { readonly where: string; readonly commands: readonly string[] }[];
    } = JSON.parse(outcome.stdout);
    for (const { where, commands } of said.steps) {
      const server = cluster.server(where.replace(/ .*/, "") || "standby");
      for (const command of commands) await obey(command, { server, cluster });
    }
    const standby = cluster.server("standby");
    const following =
      "SELECT string_agg(application_name, ',' ORDER BY application_name) FROM pg_stat_replication " +
      "WHERE state = 'streaming'";
    await until(
      "both to stream from the new primary",
      async () => await standby.text(following) === "primary,standby2",
    );
    assertEquals(await standby.text("SELECT count(*) FROM test_data WHERE data = 'kept'"), "1000");
    await standby.sql("INSERT INTO test_data (data) VALUES ('after')");
    for (const name of ["primary", "standby2"]) {
      const row = "SELECT count(*) FROM test_data WHERE data = 'after'";
      await until(`the new row on ${name}`, async () => await cluster.server(name).text(row) === "1");
    }
    assertEquals(await primary.text("SELECT count(*) FROM pg_replication_slots"), "0");
  },
);
