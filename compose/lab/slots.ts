/** Creates, drops and loses replication slots. */
import type { Server } from "./server.ts";
import type { Cluster } from "./topology.ts";
import { until } from "./until.ts";

/** Creates a physical slot unless it exists, also on a standby. */
export async function createSlot(server: Server, slot: string): Promise<void> {
  await server.sql(
    `SELECT pg_create_physical_replication_slot('${slot}', true)
     WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '${slot}')`,
  );
}

/** Drops a slot even if it is in use: ends its walsender until the slot can be dropped before the next one starts. */
export async function dropSlot(server: Server, slot: string): Promise<void> {
  const where = `FROM pg_replication_slots WHERE slot_name = '${slot}'`;
  await until(`slot "${slot}" to be dropped on ${server.name}`, async () => {
    await server.sql(`SELECT pg_terminate_backend(active_pid) ${where} AND active`);
    await server.sql(`SELECT pg_drop_replication_slot(slot_name) ${where}`);
    return true;
  });
}

/**
 * Makes a standby's slot lose its WAL: cuts the link, writes WAL beyond `max_slot_wal_keep_size`, heals the link. The WAL
 * that the standby needs is then removed. Other standbys that are disconnected in the meantime lose theirs too.
 */
export async function loseSlot(cluster: Cluster, standby: Server): Promise<void> {
  const upstream = cluster.upstreamOf(standby);
  const link = cluster.link(standby);
  const status = (column: string) =>
    upstream.text(`SELECT ${column} FROM pg_replication_slots WHERE slot_name = '${standby.slot}'`);
  const others = cluster.standbys.filter((each) => each !== standby && cluster.upstreamOf(each) !== standby);
  await link.cut();
  await until(`slot "${standby.slot}" to be inactive`, async () => await status("active") === "false");
  await upstream.set("max_slot_wal_keep_size", "16MB");
  try {
    await until(`slot "${standby.slot}" to be lost`, async () => {
      if (await status("wal_status") === "lost") return true;
      await cluster.primary.sql("INSERT INTO test_data (data) VALUES ('lab: losing a slot')");
      await cluster.primary.sql("SELECT pg_switch_wal()");
      // The others must not be so far behind that this checkpoint removes their WAL as well.
      for (const other of others) {
        if (cluster.linkState(other) === "open") {
          await cluster.untilCaughtUp(other, { seconds: 20 }).catch(() => {});
        }
      }
      await cluster.primary.sql("CHECKPOINT");
      if (upstream !== cluster.primary) await upstream.sql("CHECKPOINT");
      return await status("wal_status") === "lost";
    }, { seconds: 60 });
  } finally {
    await upstream.set("max_slot_wal_keep_size", null);
    await link.heal();
  }
}
