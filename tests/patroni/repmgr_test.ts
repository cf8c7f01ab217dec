/**
 * Advice under a real repmgr: recognized, and what is printed is carried out.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { until } from "../../compose/lab/until.ts";
import { runCommand } from "../live/command.ts";
import { RepmgrCluster, repmgrMissing } from "./repmgr_cluster.ts";

const missing = repmgrMissing();

interface Found {
  readonly check: string;
  readonly server: string;
  readonly advice: string;
}

Deno.test({
  name: `repmgr is recognized; its switchover, its failover and a rejoin as advised${missing}`,
  ignore: missing !== "",
}, async (t) => {
  await using repmgr = await RepmgrCluster.start();
  const { cluster } = repmgr;

  async function findings(): Promise<readonly Found[]> {
    const { stdout } = await runCommand(cluster, ["doctor", "--json"]);
    const { findings }: { readonly findings: readonly Found[] } = JSON.parse(stdout);
    return findings;
  }

  /** Carries out a command of `repmgr` as printed, the quoted argument as one. */
  async function carryOut(node: string, command: string): Promise<string> {
    const args = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
    const { code, output } = await repmgr.run(node, ...args.slice(1));
    assertEquals(code, 0, `${command}: ${output}`);
    return output;
  }

  async function primaryIs(name: string): Promise<void> {
    await until(
      `${name} to be the primary`,
      async () => await cluster.server(name).text("SELECT pg_is_in_recovery()").catch(() => "") === "false",
      { seconds: 60 },
    );
  }

  await t.step("recognized by its daemon, its library and its role", async () => {
    await until("its daemons to be seen", async () => {
      const { stdout } = await runCommand(cluster, ["doctor"]);
      return /Managed by repmgr: sessions named "repmgr"; .*the role repmgr; repmgr in\s+shared_preload_libraries/s
        .test(stdout);
    });
    const [checksums] = (await findings()).filter(({ check }) => check === "checksums_off");
    assertStringIncludes(checksums?.advice ?? "", "repmgr service pause");
  });

  await t.step("preflight: its switchover is carried out", async () => {
    const { stdout, code } = await runCommand(cluster, ["preflight", "standby", "--json", "--sample=1s"]);
    const { verdict, steps } = JSON.parse(stdout);
    assertEquals([code, verdict], [0, "go"], stdout);
    const commands: string[] = steps.flatMap((step: { commands: string[] }) => step.commands);
    assertEquals(commands.slice(0, 3), [
      "repmgr cluster show",
      "repmgr standby switchover --siblings-follow --dry-run",
      "repmgr standby switchover --siblings-follow",
    ]);
    for (const command of commands.slice(0, 2)) await carryOut("standby", command);
    assertStringIncludes(
      await carryOut("standby", commands[2] ?? ""),
      "STANDBY SWITCHOVER has completed successfully",
    );
    await primaryIs("standby");
    const critical = (await findings()).filter(({ check }) => /split|strand|no_primary|few_/.test(check));
    assertEquals(critical, []);
  });

  await t.step("the daemons fail over; the dead server comes back by the advised rejoin", async () => {
    await repmgr.kill("standby");
    await primaryIs("primary");
    const down = (await findings()).find(({ check }) => check === "connection_refused");
    assertMatch(down?.advice ?? "", /another server was promoted meanwhile, it must not start as a primary/);
    await cluster.server("primary").sql("CHECKPOINT");
    const port = cluster.server("primary").port;
    const rejoin =
      `repmgr node rejoin -d 'host=127.0.0.1 port=${port} user=repmgr dbname=repmgr' --force-rewind`;
    await carryOut("standby", `${rejoin} --dry-run`);
    await carryOut("standby", rejoin);
    await until("it to stream", async () =>
      await cluster.server("primary").text(
        "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'",
      ) === "2", { seconds: 60 });
    assertEquals((await findings()).filter(({ check }) => /split|strand|refused|few_/.test(check)), []);
  });
});
