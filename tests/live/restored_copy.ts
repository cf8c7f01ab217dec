/**
 * A copy of a cluster: a base backup of its primary, restored elsewhere and promoted by itself, as a staging system or a
 * recovery drill is. It has the system identifier of the original and never streamed from it.
 *
 * @module
 */
import { takeBaseBackup } from "../../compose/lab/base_backup.ts";
import { appendSettings } from "../../compose/lab/provision.ts";
import { giveTo } from "../../compose/lab/service_user.ts";
import { type Cluster, type Server, until } from "./support.ts";

/**
 * Restores a copy of the primary, which runs when this returns and is stopped and removed with the cluster.
 *
 * @param cluster The cluster.
 * @param name Name of the copy.
 * @param options `promotions`: how often it has left recovery, which is how many timelines it is ahead; once when absent.
 */
export async function restoreCopy(
  cluster: Cluster,
  name: string,
  { promotions = 1 }: { readonly promotions?: number } = {},
): Promise<Server> {
  const copy = cluster.addServer(name);
  await Deno.mkdir(copy.dataDir);
  await takeBaseBackup(cluster.primary, copy, cluster.provisionContext());
  await promoteItself(cluster, copy, {
    // The end of the backup is in a segment that is complete, and still there.
    restore_command: `cp "${cluster.primary.dataDir}/pg_wal/%f" "%p"`,
    recovery_target: "immediate",
  });
  for (let done = 1; done < promotions; done++) {
    await copy.stop();
    await promoteItself(cluster, copy, { restore_command: "false", recovery_target: "" });
  }
  return copy;
}

async function promoteItself(
  cluster: Cluster,
  copy: Server,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  await Deno.writeTextFile(`${copy.dataDir}/recovery.signal`, "");
  await giveTo(cluster.provisionContext().user, `${copy.dataDir}/recovery.signal`);
  await appendSettings(copy.dataDir, {
    cluster_name: copy.name,
    recovery_target_action: "promote",
    ...settings,
  });
  await copy.start();
  await until(
    `${copy.name} to leave recovery`,
    async () => await copy.text("SELECT pg_is_in_recovery()") === "false",
  );
}
