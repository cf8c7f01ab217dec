import type { SlotFact } from "../domain/facts.ts";
import { lossOfSlot } from "../cluster/findings/view_queries.ts";
import type { Finding } from "../domain/finding.ts";
import type { ServerSnapshot } from "../domain/view.ts";
import { headroomOf, isLostSlot } from "../domain/slot.ts";
import type { SlotCopy } from "../domain/slot_copy.ts";
import { slotNamesOf } from "../cluster/topology/receiver_facts.ts";
import type { ReportSlot, Status } from "./model.ts";
import type { ReportContext } from "./report_context.ts";
import { statusOfSeverity, worstStatus } from "./status.ts";

/**
 * The slots of one server, as last read.
 *
 * @returns null when they were never read.
 */
export function deriveReportSlots(
  server: ServerSnapshot,
  context: ReportContext,
): readonly ReportSlot[] | null {
  const { view, cluster, servers } = context;
  const found = view.findings.filter(({ check, server: name }) =>
    check.startsWith("slot_") && name === server.server
  );
  const followers = new Set(
    view.standbys.filter(({ clusterKey, upstream }) =>
      clusterKey === cluster.key && (upstream === server.server || upstream === null)
    ).map(({ name }) => name),
  );
  const shared = {
    server,
    context,
    found: Map.groupBy(found, ({ subject }) => subject),
    users: Map.groupBy(
      servers.filter((each) => followers.has(each.server))
        .flatMap((each) => [...new Set(slotNamesOf(each))].map((slot) => ({ slot, name: each.server }))),
      ({ slot }) => slot,
    ),
    copies: Map.groupBy(
      view.slotCopies.filter((each) => each.server === server.server),
      (each) => each.slot,
    ),
    subscriptions: new Map(
      view.subscriptions.flatMap(({ server: subscriber, fact, publisher }) =>
        publisher?.server === server.server ? [[fact.slot, `${fact.name} on ${subscriber}`] as const] : []
      ),
    ),
  };
  return server.facts.slots?.map((slot) => deriveSlot({ ...shared, slot })) ?? null;
}

/** A slot, and what its part of a report is derived from. */
interface SlotInput {
  readonly server: ServerSnapshot;
  readonly slot: SlotFact;
  readonly context: ReportContext;
  /** Findings on slots of the server, by slot. */
  readonly found: ReadonlyMap<string, readonly Finding[]>;
  /** Followers of the server, by the slot they are set up to use. */
  readonly users: ReadonlyMap<string, readonly { readonly name: string }[]>;
  /** Its logical slots as each standby has them, by slot. */
  readonly copies: ReadonlyMap<string, readonly SlotCopy[]>;
  /** Subscriptions that read from the server, by their slot. */
  readonly subscriptions: ReadonlyMap<string, string>;
}

function deriveSlot(input: SlotInput): ReportSlot {
  const { server, slot, context } = input;
  return {
    server: server.server,
    name: slot.slot,
    type: slot.type,
    active: slot.active,
    used_by: userOf(input),
    lag_bytes: slot.retainedBytes,
    wal_status: slot.walStatus,
    safe_wal_bytes: slot.safeWalBytes,
    headroom_ratio: headroomOf(slot),
    lost_in_seconds: lossOfSlot(context.view, server.server, slot.slot) ?? (isLostSlot(slot) ? 0 : null),
    inactive_since_unix_seconds: slot.inactiveSinceUnixSeconds,
    invalidation_reason: slot.invalidationReason,
    copies: (input.copies.get(slot.slot) ?? []).map((
      { standby, survives, obstacles, lagBytes, lagSeconds },
    ) => ({
      standby,
      survives,
      obstacles: [...obstacles],
      lag_bytes: lagBytes,
      lag_seconds: lagSeconds,
    })),
    status: statusOfSlot(input),
  };
}

function userOf({ server, slot, context, users, subscriptions }: SlotInput): string | null {
  const sender = server.facts.senders?.find((each) => each.slot === slot.slot);
  if (slot.type === "logical") {
    const client = sender === undefined || !server.up || sender.state === null ? null : sender;
    return subscriptions.get(slot.slot) ??
      (client && `${client.applicationName} (user ${client.user})`.trim());
  }
  const fed = sender === undefined ? undefined : context.cluster.feeds.get(sender);
  const isRead = sender !== undefined && server.up;
  if (fed !== undefined || isRead) return fed ?? null;
  const [user, ...others] = users.get(slot.slot) ?? [];
  return others.length === 0 ? user?.name ?? null : null;
}

/** From its findings, so that the two agree; a lost slot is critical with or without them. */
function statusOfSlot({ server, slot, found }: SlotInput): Status {
  if (isLostSlot(slot)) return "critical";
  if (!server.up) return "unknown";
  return worstStatus([
    slot.walStatus === "unreserved" ? "critical" : "healthy",
    ...(found.get(slot.slot) ?? []).map(({ severity }) => statusOfSeverity(severity)),
  ]);
}
