/** Copies a running server for a standby, as pg_basebackup would; the npm packages do not have it. */
import { copyDataDir, type ProvisionContext } from "./provision.ts";
import type { Server } from "./server.ts";
import { giveTo } from "./service_user.ts";

/** Replaces the data directory of a stopped server by a copy of a running one's. */
export async function takeBaseBackup(
  from: Server,
  to: Server,
  context: ProvisionContext,
): Promise<void> {
  // pg_start_backup and pg_stop_backup were renamed in 15. Both ends must happen in one session.
  const renamed = context.binaries.major >= 15;
  await using session = from.connect("postgres");
  await session.query(
    renamed ? "SELECT pg_backup_start('lab', true)" : "SELECT pg_start_backup('lab', true, false)",
  );
  await Deno.remove(to.dataDir, { recursive: true });
  await copyDataDir(from.dataDir, to.dataDir, { ...context, online: true });
  const [row] = await session.query(
    `SELECT labelfile FROM ${renamed ? "pg_backup_stop(false)" : "pg_stop_backup(false, false)"}`,
  );
  const label = `${to.dataDir}/backup_label`;
  await Deno.writeTextFile(label, String(row?.labelfile));
  await giveTo(context.user, label);
  for (const file of ["postmaster.pid", "postmaster.opts", "postgresql.auto.conf"]) {
    await Deno.remove(`${to.dataDir}/${file}`).catch(() => {});
  }
  for await (const slot of Deno.readDir(`${to.dataDir}/pg_replslot`)) {
    await Deno.remove(`${to.dataDir}/pg_replslot/${slot.name}`, { recursive: true });
  }
}
