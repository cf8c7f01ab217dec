import type { SenderFact } from "../domain/facts.ts";
import { formatLsn, type Lsn, lsnDistanceBytes } from "../domain/lsn.ts";
import type { ServerView } from "../domain/view.ts";
import { serverFact } from "../cluster/topology/identity.ts";
import { syncStandingOf } from "../cluster/topology/sync_names.ts";
import { deriveReportSlots } from "./derive_slots.ts";
import type { ReportPrimary, ReportReplica, ReportSynchronous } from "./model.ts";
import type { ReportContext } from "./report_context.ts";
import { statusOfSeverity, worstStatus } from "./status.ts";

/**
 * The primary, with the keys of the original report.
 *
 * @param server The primary.
 * @param context Its cluster.
 */
export function derivePrimary(server: ServerView, context: ReportContext): ReportPrimary {
  const fact = serverFact(server);
  const replicas = server.facts.senders?.map((sender) => deriveReplica(sender, context)) ?? null;
  const slots = deriveReportSlots(server, context);
  const position = server.walEnd ?? fact?.writePosition ?? null;
  return {
    name: server.server,
    up: server.up,
    current_lsn: position === null ? null : formatLsn(position),
    timeline: fact?.timeline ?? null,
    replicas,
    total_replicas: replicas?.length ?? null,
    active_replicas: countStreaming(replicas),
    slots,
    total_slots: slots?.length ?? null,
    active_slots: slots?.filter(({ active }) => active).length ?? null,
  };
}

/** null without the right to read the states. */
function countStreaming(replicas: readonly ReportReplica[] | null): number | null {
  if (replicas === null || replicas.some(({ state }) => state === null)) return null;
  return replicas.filter(({ state }) => state === "streaming").length;
}

function deriveReplica(sender: SenderFact, { cluster }: ReportContext): ReportReplica {
  const { serverPosition } = sender;
  const behind = (position: Lsn | null) =>
    serverPosition === null || position === null
      ? null
      : Math.max(0, lsnDistanceBytes(serverPosition, position));
  return {
    server: cluster.feeds.get(sender) ?? null,
    application_name: sender.applicationName,
    client_addr: sender.clientAddress === "" ? null : sender.clientAddress,
    kind: sender.kind,
    state: sender.state,
    sync_state: sender.syncState,
    slot: sender.slot === "" ? null : sender.slot,
    sent_lag_bytes: behind(sender.sentPosition),
    write_lag_bytes: behind(sender.writePosition),
    flush_lag_bytes: behind(sender.flushPosition),
    replay_lag_bytes: behind(sender.replayPosition),
    write_lag_seconds: sender.writeLagSeconds,
    flush_lag_seconds: sender.flushLagSeconds,
    replay_lag_seconds: sender.replayLagSeconds,
    reply_age_seconds: sender.replyAgeSeconds,
  };
}

/**
 * Synchronous commit on the primary.
 *
 * @param server The primary.
 * @param context Its cluster.
 * @returns null unless it is up, and reports the setting and its senders.
 */
export function deriveSynchronous(server: ServerView, context: ReportContext): ReportSynchronous | null {
  const sync = server.facts.sync?.[0];
  const standing = syncStandingOf(server);
  if (sync === undefined || standing === null) return null;
  const findings = context.view.findings.filter(({ check, server: where }) =>
    where === server.server && (check.startsWith("sync_") || check === "commits_wait")
  );
  const isShort = standing.met < standing.required;
  return {
    names: sync.standbyNames,
    ...standing,
    commits_waiting: sync.waitingCommits,
    oldest_wait_seconds: sync.oldestWaitSeconds,
    status: worstStatus([
      isShort ? sync.waitingCommits > 0 ? "critical" : "warning" : "healthy",
      ...findings.map(({ severity }) => statusOfSeverity(severity)),
    ]),
  };
}
