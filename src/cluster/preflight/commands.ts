import { nameForCommand } from "../../domain/shell_text.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { rewindCommand, slotNameOf } from "../findings/rebuild.ts";
import { hostAndPort, replicationRoleOf } from "../findings/view_queries.ts";
import type { ConsumerOutlook, Follower, SlotOutlook, WalLoss } from "./preflight.ts";
import type { PreflightContext } from "./preflight_context.ts";
import type { SyncOutlook } from "./sync.ts";

/** What the steps depend on. */
export interface StepsInput {
  /** The candidate and its cluster. */
  readonly context: PreflightContext;
  /** What would be lost. */
  readonly loss: WalLoss;
  /** What the other standbys need. */
  readonly followers: readonly Follower[];
  /** The fate of the primary's slots; null when they are unknown. */
  readonly slots: readonly SlotOutlook[] | null;
  /** Who takes part in logical replication. */
  readonly consumers: readonly ConsumerOutlook[];
  /** Synchronous commit afterwards. */
  readonly sync: SyncOutlook;
}

/** Applies changed settings. */
export const RELOAD_COMMAND = "SELECT pg_reload_conf();";

/** A server as the heading of a step: name, host and port. */
export function stepPlaceOf(server: ServerSnapshot): string {
  const { address } = server;
  return address === undefined ? server.server : `${server.server} (${address.host}:${address.port})`;
}

/** The slot that another standby uses, or will use when it is rebuilt; "" when it has none. */
export function followerSlotOf({ slot, action, name }: Follower): string {
  return slot === "" && action === "rebuild" ? slotNameOf(name) : slot;
}

/** The slot that the old primary will use as a standby. */
export function slotOfOld(primary: ServerSnapshot): string {
  return slotNameOf(primary.server);
}

/** `primary_conninfo` of a standby of the promoted server, without secrets. */
export function conninfoFor(
  { context }: StepsInput,
  { user, name }: { readonly user: string; readonly name: string },
): string {
  return `${hostAndPort(context.candidate)} user=${user} application_name=${nameForCommand(name, "NAME")}`;
}

/** The role that standbys log in with. */
export function replicationUser({ view, candidate, primary }: PreflightContext): string {
  return replicationRoleOf(view, (primary ?? candidate).server);
}

/** Stops a server and rewinds it to the promoted server. */
export function rewindOf(candidate: ServerSnapshot): readonly string[] {
  return [
    `pg_ctl stop -D "$PGDATA" -m fast`,
    rewindCommand(hostAndPort(candidate), '"$PGDATA"'),
  ];
}

/** Starts a stopped server as a standby. */
export function startIt(conninfo: string, slot: string): readonly string[] {
  return [
    `touch "$PGDATA/standby.signal"`,
    `echo "primary_conninfo = '${conninfo}'" >> "$PGDATA/postgresql.auto.conf"  # with its password, or a .pgpass`,
    ...slot === "" ? [] : [`echo "primary_slot_name = '${slot}'" >> "$PGDATA/postgresql.auto.conf"`],
    `pg_ctl start -D "$PGDATA"`,
  ];
}

/** Replaces a server by a base backup of the promoted server. */
export function rebuildFrom({ context }: StepsInput, { slot }: { readonly slot: string }): readonly string[] {
  const { candidate } = context;
  const { address } = candidate;
  const from = address === undefined ? `-h ${candidate.server}` : `-h ${address.host} -p ${address.port}`;
  return [
    `pg_ctl stop -D "$PGDATA" -m fast`,
    `mv "$PGDATA" "$PGDATA.old"`,
    `pg_basebackup ${from} -U ${
      replicationUser(context)
    } -D "$PGDATA" -R -X stream -S ${slot} -P  # -C when it has no such slot`,
    `pg_ctl start -D "$PGDATA"`,
  ];
}
