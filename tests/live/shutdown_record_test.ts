import { assert, assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { runCommand } from "./command.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, type Server } from "./support.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);

/** "Latest checkpoint location" of a stopped server. */
async function checkpointOf({ dataDir }: Server): Promise<string> {
  const { stdout } = await new Deno.Command(`${DEBIAN_15}/pg_controldata`, {
    args: ["-D", dataDir],
    env: { LC_ALL: "C" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(/cluster state: +shut down$/m.test(text), text);
  return /^Latest checkpoint location: +(\S+)$/m.exec(text)?.[1] ?? "";
}

Deno.test(
  { name: "a standby without the primary's shutdown record does not have everything", ignore },
  async () => {
    await using cluster = await startCluster({ binaries: DEBIAN_15, settings: { fsync: "on" } });
    const { primary, faults } = cluster;
    const standby = cluster.server("standby");
    const { stdout } = await runCommand(cluster, ["preflight", "standby", "--json", "--sample=1s"]);
    const { steps }: { readonly steps: readonly { readonly commands: readonly string[] }[] } = JSON.parse(
      stdout,
    );
    const check = steps.flatMap(({ commands }) => commands).find((each) => each.includes("has_all")) ?? "";
    /** The printed statement, with the location of the stopped primary as it asks. */
    const hasAll = async (location: string) =>
      (await standby.sql(check.replace(/'[0-9A-F]+\/[0-9A-F]+'/, `'${location}'`)))[0]?.["has_all"];

    await primary.sql("CHECKPOINT");
    await cluster.untilCaughtUp(standby);
    await faults.cutLink(standby);
    await primary.stop("fast");
    const lacking = await checkpointOf(primary);
    assertEquals(
      await standby.text("SELECT GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())"),
      lacking,
      "the standby has exactly what lies before the shutdown record",
    );
    assertEquals(await hasAll(lacking), false);

    await primary.start();
    await faults.healLink(standby);
    await cluster.untilStreaming(standby);
    await cluster.untilCaughtUp(standby);
    await primary.stop("fast");
    assertEquals(await hasAll(await checkpointOf(primary)), true);
  },
);
