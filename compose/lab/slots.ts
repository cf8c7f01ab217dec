/** Creates, drops and loses replication slots. */
import type { Server } from "./server.ts";
import type { Cluster } from "./topology.ts";
import { until } from "./until.ts";

/** Creates a physical slot unless it exists; also works on a standby. */
export async function createSlot(server: Server, slot: string): Promise<void> {
  await server.sql(
    `SELECT pg_create_physical_replication_slot('${slot}', true)
     WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '${slot}')`,
  );
}

/** Drops a slot, even one in use: ends its walsender until the drop wins the race. */
export async function dropSlot(server: Server, slot: string): Promise<void> {
  const where = `FROM pg_replication_slots WHERE slot_name = '${slot}'`;
  await until(`slot "${slot}" to be dropped on ${server.name}`, async () => {
    await server.sql(`SELECT pg_terminate_backend(active_pid) ${where} AND active`);
    await server.sql(`SELECT pg_drop_replication_slot(slot_name) ${where}`);
    return true;
  });
}

/**
 * Makes a standby's slot lose its WAL: cuts the link, writes WAL past `max_slot_wal_keep_size` and heals the link. The
 * WAL that the standby needs is then removed. Other standbys that are disconnected at that time lose theirs too.
 */
export async function loseSlot(cluster: Cluster, standby: Server): Promise<void> {
  const upstream = cluster.upstreamOf(standby);
  const link = cluster.link(standby);
  const others = cluster.standbys.filter((each) => each !== standby && cluster.upstreamOf(each) !== standby);
  // While logical slots wait for this standby, their WAL would be lost with its own.
  const waits = cluster.slotSync ? await upstream.text("SHOW synchronized_standby_slots") : null;
  if (waits !== null) await upstream.set("synchronized_standby_slots", null);
  await link.cut();
  try {
    await writeUntilLost(cluster, {
      ...{ server: upstream, slot: standby.slot, others },
      untilOthers: async () => await cluster.logical?.untilReaders(null),
    });
  } finally {
    if (waits !== null) await upstream.set("synchronized_standby_slots", waits);
    await link.heal();
  }
}

/** A logical slot that nobody reads any longer. */
export interface UnreadSlot {
  /** The server with the slot. */
  readonly server: Server;
  /** The slot. */
  readonly slot: string;
  /** Waits until the readers of other logical slots, which are well, have read everything. */
  readonly untilOthers: () => Promise<void>;
}

/** Writes WAL past `max_slot_wal_keep_size` until a logical slot is lost. */
export async function loseLogicalSlot(cluster: Cluster, unread: UnreadSlot): Promise<void> {
  await writeUntilLost(cluster, { ...unread, others: cluster.standbys });
}

async function writeUntilLost(
  cluster: Cluster,
  options: {
    readonly server: Server;
    readonly slot: string;
    readonly others: readonly Server[];
    readonly untilOthers: () => Promise<void>;
  },
): Promise<void> {
  const { server, slot, others } = options;
  const status = (column: string) =>
    server.text(`SELECT ${column} FROM pg_replication_slots WHERE slot_name = '${slot}'`);
  await until(`slot "${slot}" to be inactive`, async () => await status("active") === "false");
  await server.set("max_slot_wal_keep_size", "16MB");
  try {
    await until(`slot "${slot}" to be lost`, async () => {
      if (await status("wal_status") === "lost") return true;
      await cluster.primary.sql("INSERT INTO test_data (data) VALUES ('lab: losing a slot')");
      await cluster.primary.sql("SELECT pg_switch_wal()");
      // The others must not be so far behind that this checkpoint removes their WAL too.
      for (const other of others) {
        if (cluster.linkState(other) === "open") {
          await cluster.untilCaughtUp(other, { seconds: 20 }).catch(() => {});
        }
      }
      await options.untilOthers();
      await cluster.primary.sql("CHECKPOINT");
      if (server !== cluster.primary) await server.sql("CHECKPOINT");
      return await status("wal_status") === "lost";
    }, { seconds: 60 });
  } finally {
    await server.set("max_slot_wal_keep_size", null);
  }
}
