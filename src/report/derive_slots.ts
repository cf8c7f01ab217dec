import type { SlotFact } from "../domain/facts.ts";
import type { ServerSnapshot } from "../domain/view.ts";
import { headroomOf, isLostSlot } from "../domain/slot.ts";
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
  return server.facts.slots?.map((slot) => deriveSlot({ server, slot, context })) ?? null;
}

/** A slot, and what its part of a report is derived from. */
interface SlotInput {
  readonly server: ServerSnapshot;
  readonly slot: SlotFact;
  readonly context: ReportContext;
}

function deriveSlot(input: SlotInput): ReportSlot {
  const { server, slot, context } = input;
  const forecast = context.view.slotForecasts.find((each) =>
    each.server === server.server && each.slot === slot.slot
  );
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
    lost_in_seconds: forecast?.lostInSeconds ?? (isLostSlot(slot) ? 0 : null),
    inactive_since_unix_seconds: slot.inactiveSinceUnixSeconds,
    invalidation_reason: slot.invalidationReason,
    status: statusOfSlot(input),
  };
}

function userOf({ server, slot, context }: SlotInput): string | null {
  const sender = server.facts.senders?.find((each) => each.slot === slot.slot);
  const fed = sender === undefined ? undefined : context.cluster.feeds.get(sender);
  const isRead = sender !== undefined && server.up;
  if (fed !== undefined || isRead || slot.type === "logical") return fed ?? null;
  const followers = new Set(
    context.view.standbys.filter(({ clusterKey, upstream }) =>
      clusterKey === context.cluster.key && (upstream === server.server || upstream === null)
    ).map(({ name }) => name),
  );
  const users = context.servers.filter((each) =>
    followers.has(each.server) && slotNamesOf(each).includes(slot.slot)
  );
  return users.length === 1 ? users[0]?.server ?? null : null;
}

/** From its findings, so that the two agree; a lost slot is critical with or without them. */
function statusOfSlot({ server, slot, context }: SlotInput): Status {
  if (isLostSlot(slot)) return "critical";
  if (!server.up) return "unknown";
  const findings = context.view.findings.filter((finding) =>
    finding.check.startsWith("slot_") && finding.server === server.server && finding.subject === slot.slot
  );
  return worstStatus([
    slot.walStatus === "unreserved" ? "critical" : "healthy",
    ...findings.map(({ severity }) => statusOfSeverity(severity)),
  ]);
}
