/**
 * Which logical slots of a primary would survive the promotion of which standby now.
 *
 * @module
 */
import type { SlotFact, SlotSyncSettings } from "../../domain/facts.ts";
import { lsnDistanceBytes } from "../../domain/lsn.ts";
import { consumerOf, isLostSlot } from "../../domain/slot.ts";
import { COPY_OBSTACLES, type CopyObstacle, type SlotCopy } from "../../domain/slot_copy.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import type { ClusterContext } from "../cluster_context.ts";
import type { ServerMemories } from "../memory/server_memory.ts";
import { serverFact } from "../topology/identity.ts";

/** First version that synchronizes logical slots to standbys. */
const SYNCS_SLOTS_SINCE = 170000;

/**
 * Derives the copies of the logical slots of a cluster's primary on every watched standby, as last read; of none where the
 * slots of either are unknown. Slots of initial copies, and those of one session, are never synchronized.
 *
 * @param context The cluster.
 */
export function deriveSlotCopies(
  { primary, servers, edges, memories }: ClusterContext,
): readonly SlotCopy[] {
  const slots = (primary?.facts.slots ?? []).filter((slot) =>
    slot.type === "logical" && !slot.temporary && consumerOf(slot) !== "table_copy"
  );
  if (primary === null || slots.length === 0) return [];
  return servers.flatMap((standby) => {
    const own = standby.facts.slots;
    if (standby.server === primary.server || serverFact(standby)?.inRecovery !== true || own === undefined) {
      return [];
    }
    const upstream = edges.get(standby.server)?.upstream ?? null;
    const isCascading = upstream !== null && upstream !== primary.server;
    const byName = new Map(own.map((each) => [each.slot, each]));
    return slots.map((slot) =>
      copyOf(slot, { primary, standby, isCascading, copy: byName.get(slot.slot) ?? null, memories })
    );
  });
}

interface CopyInput {
  readonly primary: ServerSnapshot;
  readonly standby: ServerSnapshot;
  /** Whether the standby streams from another standby. */
  readonly isCascading: boolean;
  readonly copy: SlotFact | null;
  readonly memories: ServerMemories;
}

function copyOf(slot: SlotFact, input: CopyInput): SlotCopy {
  const { primary, standby, copy, memories } = input;
  const sync = standby.facts.settings?.[0]?.slotSync ?? null;
  const slotName = standby.facts.recovery?.[0]?.primarySlotName ?? "";
  const awaited = primary.facts.settings?.[0]?.slotSync?.awaited ?? [];
  const isMoved = copy !== null && memories.of(standby.server).movedIdleSlots.has(copy.slot);
  const isByOthers = copy !== null && copy.synced !== true && isMoved && !isLostSlot(copy);
  const obstacles = isByOthers ? [] : obstaclesOf(slot, { ...input, sync });
  return {
    server: primary.server,
    cluster: primary.cluster,
    slot: slot.slot,
    standby: standby.server,
    failover: slot.failover,
    survives: !standby.up ? null : isByOthers ? true : survivalOf(copy, obstacles),
    obstacles,
    copy,
    ...copyLagOf(slot, input),
    isAwaited: slotName !== "" && awaited.includes(slotName),
  };
}

/** The criterion of the manual, chapter "Logical Replication Failover". */
function survivalOf(copy: SlotFact | null, obstacles: readonly CopyObstacle[]): boolean | null {
  if (copy === null) return false;
  if (copy.synced === true) {
    return !copy.temporary && !isLostSlot(copy) && copy.conflicting !== true;
  }
  // Another program may keep it, such as Patroni: only that it moves shows that.
  return isLostSlot(copy) || obstacles.includes("slot_lost") ? false : null;
}

function obstaclesOf(
  slot: SlotFact,
  { standby, isCascading, copy, sync }: CopyInput & { readonly sync: SlotSyncSettings | null },
): readonly CopyObstacle[] {
  const recovery = standby.facts.recovery?.[0];
  const isSynced = copy?.synced === true;
  const isKnown = sync !== null;
  const isSet = sync?.isOn === true && recovery?.primarySlotName !== "" &&
    recovery?.hotStandbyFeedback === true && sync.hasDatabase === true;
  const holds: Readonly<Record<CopyObstacle, boolean>> = {
    too_old: (serverFact(standby)?.versionNum ?? 0) < SYNCS_SLOTS_SINCE,
    not_failover: slot.failover === false,
    slot_lost: isLostSlot(slot),
    cascading: isKnown && isCascading,
    sync_off: sync?.isOn === false,
    no_slot: isKnown && recovery?.primarySlotName === "",
    no_feedback: isKnown && recovery?.hotStandbyFeedback === false,
    no_database: sync?.hasDatabase === false,
    no_worker: isSet && !isCascading && sync.isRunning === false,
    other_slot: copy !== null && !isSynced,
    invalidated: copy !== null && isSynced && (isLostSlot(copy) || copy.conflicting === true),
    missing: copy === null,
    temporary: copy !== null && isSynced && copy.temporary,
  };
  return COPY_OBSTACLES.filter((each) => holds[each]);
}

function copyLagOf(
  { confirmedFlushPosition: own }: SlotFact,
  { primary, copy, memories }: CopyInput,
): Pick<SlotCopy, "lagBytes" | "lagSeconds"> {
  const its = copy?.confirmedFlushPosition ?? null;
  if (own === null || its === null) return { lagBytes: null, lagSeconds: null };
  // What was read of the standby later than of the primary may be further.
  if (its >= own) return { lagBytes: 0, lagSeconds: 0 };
  const { wal } = memories.of(primary.server);
  const [left, reached, newest] = [wal.passedAt(its), wal.passedAt(own), wal.newest];
  return {
    lagBytes: lsnDistanceBytes(own, its),
    lagSeconds: left === null || reached === null || newest === null
      ? null
      : Math.max(0, Math.min(reached, newest.at) - left),
  };
}
