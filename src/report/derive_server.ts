import { formatLsn, furthestLsn } from "../domain/lsn.ts";
import type { ServerErrorKind, ServerSnapshot, View } from "../domain/view.ts";
import { serverFact } from "../cluster/topology/identity.ts";
import type { ReportServer, Status } from "./model.ts";
import type { ReportMoment } from "./report_context.ts";

/** Trouble that passes by itself. */
const PASSING: ReadonlySet<ServerErrorKind> = new Set(["starting", "shutting_down"]);

/**
 * One server.
 *
 * @param snapshot The latest knowledge of it.
 * @param context Everything that is known, and the moment of the report.
 */
export function deriveServer(
  snapshot: ServerSnapshot,
  context: ReportMoment & { readonly view: View },
): ReportServer {
  const fact = serverFact(snapshot);
  const { address } = snapshot;
  const position = context.view.walEnds?.get(snapshot.server) ??
    furthestLsn(fact?.writePosition, fact?.receivePosition, fact?.replayPosition);
  return {
    name: snapshot.server,
    address: address === undefined ? "" : formatAddress(address.host, address.port),
    up: snapshot.up,
    status: statusOfServer(snapshot, context.view),
    trouble: snapshot.up ? "" : snapshot.trouble?.message ?? "The latest collection did not reach it",
    role: snapshot.role,
    timeline: fact?.timeline ?? null,
    version: fact?.version ?? null,
    data_age_seconds: snapshot.readAt === null ? null : Math.max(0, context.now - snapshot.readAt),
    position_lsn: position === null ? null : formatLsn(position),
    wal_bytes_per_second: context.view.walBytesPerSecond.get(snapshot.server) ?? null,
    health_score: context.view.health.get(snapshot.server) ?? 0,
    failed_collectors: failedCollectors(snapshot),
  };
}

/** A standby that only we do not see, while its upstream feeds it, is no more than a warning. */
function statusOfServer(snapshot: ServerSnapshot, view: View): Status {
  if (snapshot.up) return failedCollectors(snapshot).length > 0 ? "warning" : "healthy";
  const isPassing = snapshot.trouble !== null && PASSING.has(snapshot.trouble.kind);
  const standby = view.standbys.find(({ configured, name }) => configured && name === snapshot.server);
  const isFed = standby?.connected === true && standby.reason !== "half_open" &&
    standby.reason !== "unreachable";
  return isPassing || isFed ? "warning" : "critical";
}

/** Of a server that is not reached nothing was collected, which its trouble says already. */
function failedCollectors({ up, runs }: ServerSnapshot): readonly string[] {
  if (!up) return [];
  return runs.filter(({ outcome }) => outcome === "failed")
    .map(({ collector, reason }) => `Collector ${collector} failed: ${reason || "no reason was told"}`);
}

function formatAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
