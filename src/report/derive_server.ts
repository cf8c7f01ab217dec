import { formatLsn, furthestLsn } from "../domain/lsn.ts";
import type { ServerErrorKind, ServerView, View } from "../domain/view.ts";
import { standbyNamed } from "../cluster/findings/view_queries.ts";
import { serverFact } from "../cluster/topology/identity.ts";
import type { ReportServer, Status } from "./model.ts";
import type { ReportMoment } from "./report_context.ts";

/** Errors that pass by themselves. */
const PASSING: ReadonlySet<ServerErrorKind> = new Set(["starting", "shutting_down"]);

/**
 * One server.
 *
 * @param snapshot Its latest snapshot.
 * @param context Everything known, and the moment of the report.
 */
export function deriveReportServer(
  snapshot: ServerView,
  context: ReportMoment & { readonly view: View },
): ReportServer {
  const fact = serverFact(snapshot);
  const { address } = snapshot;
  const position = snapshot.walEnd ??
    furthestLsn(fact?.writePosition, fact?.receivePosition, fact?.replayPosition);
  return {
    name: snapshot.server,
    address: address === undefined ? "" : formatAddress(address.host, address.port),
    alias_of: snapshot.aliasOf,
    up: snapshot.up,
    status: statusOfServer(snapshot, context.view),
    trouble: snapshot.up ? "" : snapshot.trouble?.message ?? "The latest collection did not reach it",
    role: snapshot.role,
    timeline: fact?.timeline ?? null,
    version: fact?.version ?? null,
    data_age_seconds: snapshot.readAt === null ? null : Math.max(0, context.now - snapshot.readAt),
    position_lsn: position === null ? null : formatLsn(position),
    wal_bytes_per_second: snapshot.walBytesPerSecond,
    health_score: snapshot.healthScore,
    failed_collectors: failedCollectors(snapshot),
  };
}

/** A standby that only the exporter cannot reach, while its upstream feeds it, is only a warning. */
function statusOfServer(snapshot: ServerView, view: View): Status {
  if (snapshot.up) return failedCollectors(snapshot).length > 0 ? "warning" : "healthy";
  const isPassing = snapshot.trouble !== null && PASSING.has(snapshot.trouble.kind);
  const standby = standbyNamed(view, snapshot.aliasOf ?? snapshot.server);
  const isFed = standby?.connected === true && standby.reason !== "half_open" &&
    standby.reason !== "unreachable";
  return isPassing || isFed ? "warning" : "critical";
}

/** None of an unreachable server: its error covers all collectors. */
function failedCollectors({ up, runs }: ServerView): readonly string[] {
  if (!up) return [];
  return runs.filter(({ outcome }) => outcome === "failed")
    .map(({ collector, reason }) => `Collector ${collector} failed: ${reason || "no reason was reported"}`);
}

function formatAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
