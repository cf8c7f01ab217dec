import { assert, assertEquals, assertMatch } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { runCommand } from "./command.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, until, untilHolds } from "./support.ts";
import { watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);

Deno.test({ name: "a server at its recovery target is never advised to resume", ignore }, async () => {
  await using cluster = await startCluster({ binaries: DEBIAN_15, settings: { fsync: "on" } });
  const { primary } = cluster;
  const standby = cluster.server("standby");
  const conninfo = await standby.text("SHOW primary_conninfo") ?? "";
  await standby.stop();
  await primary.sql("SELECT pg_create_restore_point('here')");
  await primary.sql("INSERT INTO test_data (data) SELECT 'after' FROM generate_series(1, 1000)");
  await Deno.writeTextFile(`${standby.dataDir}/postgresql.auto.conf`, "recovery_target_name = 'here'\n", {
    append: true,
  });
  await standby.start();
  const isPaused = async () => await standby.text("SELECT pg_get_wal_replay_pause_state()") === "paused";
  await until("recovery to reach its target", isPaused);
  await standby.set("primary_conninfo", "");
  await standby.restart();
  await until("recovery to reach its target again", isPaused);

  await using watching = watchCluster(cluster, { collect: { intervalSeconds: 0.3, maxAgeSeconds: 0 } });
  await untilHolds("the target to be reported", () => {
    const findings = watching.service.view()?.findings.filter(({ server }) => server === "standby") ?? [];
    assertEquals(findings.map(({ check, severity }) => [check, severity]), [
      ["replay_paused", "warning"],
      ["receiver_not_running", "info"],
    ]);
    assertMatch(findings[0]?.summary ?? "", /"standby" is paused at its target/);
    assertMatch(findings[0]?.evidence ?? "", /primary_conninfo is empty, so nothing streams/);
    assertMatch(findings[0]?.advice ?? "", /^Do not resume it.*becomes a primary beside "primary"/);
    const [lagging] = watching.service.view()?.standbys ?? [];
    assertEquals([lagging?.reason, lagging?.catchUp], ["paused", null]);
    assertMatch(lagging?.reasonText ?? "", /at its recovery target, and nothing streams/);
  });

  for (const args of [["doctor"], ["report"], ["preflight", "standby"]]) {
    const { stdout } = await runCommand(cluster, [...args, "--sample=1s"]);
    const text = stdout.replaceAll(/\s+/g, " ").replace(/ FINE .*/, "");
    assertMatch(text, /recovery target|at its target/);
    assert(!text.includes("No standby is connected"), text);
    assert(!/SELECT pg_wal_replay_resume|pg_hba|pg_basebackup -h/.test(text), text);
  }

  // The advice carried out: it follows its cluster.
  await standby.sql("ALTER SYSTEM RESET recovery_target_name");
  await standby.set("primary_conninfo", conninfo);
  await standby.restart();
  await cluster.untilStreaming(standby);
  await untilHolds("nothing to be left", () => {
    assertEquals(watching.service.view()?.findings.filter(({ severity }) => severity !== "info"), []);
  });
});
