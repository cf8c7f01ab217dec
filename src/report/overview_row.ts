import { formatLsn } from "../domain/lsn.ts";
import type { HealthThresholds } from "../domain/thresholds.ts";
import type { StandbyLag } from "../domain/lag.ts";
import type { ServerSnapshot, View } from "../domain/view.ts";
import { formatBytes, formatSeconds } from "../domain/quantities.ts";

/** How much a server needs attention. */
export type Level = "well" | "warning" | "trouble";

/** One server as the page says it: all in words. */
export interface OverviewRow {
  /** The server's name. */
  readonly server: string;
  /** Its cluster; "" when the configuration names none. */
  readonly cluster: string;
  /** How much it needs attention. */
  readonly level: Level;
  /** One or two words: "up", "down", "lagging". */
  readonly state: string;
  /** Why it needs attention, sentences; empty when it does not. */
  readonly reasons: readonly string[];
  /** Its role. */
  readonly role: string;
  /** Lag in seconds. */
  readonly lag: string;
  /** Lag in bytes. */
  readonly lagBytes: string;
  /** Write position of a primary, replay position of a standby. */
  readonly position: string;
  /** Timeline. */
  readonly timeline: string;
  /** PostgreSQL's version. */
  readonly version: string;
  /** Age of what is known. */
  readonly age: string;
}

const UNKNOWN = "unknown";
const NOT_APPLICABLE = "none, it is the primary";

/**
 * Puts one server into words. Old knowledge of a server that is down is kept, and called "last known".
 *
 * @param snapshot The server.
 * @param context The view it belongs to, the thresholds of lag, and `now`: our monotonic seconds.
 */
export function deriveOverviewRow(
  snapshot: ServerSnapshot,
  context: { readonly view: View; readonly thresholds: HealthThresholds; readonly now: number },
): OverviewRow {
  const fact = snapshot.facts.server?.[0];
  const lag = context.view.lags.get(snapshot.server);
  const { level, state, reasons } = judge(snapshot, { ...context, lag });
  const position = fact?.inRecovery ? fact.replayPosition : fact?.writePosition;
  return {
    server: snapshot.server,
    cluster: snapshot.cluster,
    level,
    state,
    reasons,
    role: snapshot.role === null ? "unknown: never reached" : lastKnown(snapshot, snapshot.role),
    ...describeLag(snapshot, lag),
    position: position === null || position === undefined
      ? UNKNOWN
      : lastKnown(snapshot, formatLsn(position)),
    timeline: fact === undefined || fact.timeline === null ? UNKNOWN : String(fact.timeline),
    version: fact?.version ?? UNKNOWN,
    age: snapshot.readAt === null ? "never read" : formatSeconds(context.now - snapshot.readAt),
  };
}

function lastKnown(snapshot: ServerSnapshot, text: string): string {
  return snapshot.up ? text : `${text} (last known)`;
}

function describeLag(
  snapshot: ServerSnapshot,
  lag: StandbyLag | undefined,
): Pick<OverviewRow, "lag" | "lagBytes"> {
  if (lag === undefined) {
    if (snapshot.role === "primary") return { lag: NOT_APPLICABLE, lagBytes: NOT_APPLICABLE };
    const unknown = snapshot.role === null ? "unknown: never reached" : UNKNOWN;
    return { lag: unknown, lagBytes: unknown };
  }
  const why = lag.unknownBecause === "" ? UNKNOWN : `unknown: ${lag.unknownBecause}`;
  return {
    lag: lag.seconds === null ? why : formatSeconds(lag.seconds),
    lagBytes: lag.bytes === null ? why : formatBytes(lag.bytes),
  };
}

function judge(
  snapshot: ServerSnapshot,
  context: {
    readonly view: View;
    readonly thresholds: HealthThresholds;
    readonly lag: StandbyLag | undefined;
  },
): Pick<OverviewRow, "level" | "state" | "reasons"> {
  const { lag, thresholds, view } = context;
  if (!snapshot.up) {
    const why = snapshot.trouble?.message ?? "the latest collection did not reach it";
    return { level: "trouble", state: "down", reasons: [why] };
  }
  const failed = snapshot.runs.filter(({ outcome }) => outcome === "failed")
    .map(({ collector, reason }) => `Collector ${collector} failed: ${reason}`);
  const lagging = judgeLag(lag, thresholds);
  if (snapshot.role === "standby" && view.connected.get(snapshot.server) === false) {
    const reasons = ["It receives no WAL from an upstream", ...lagging.reasons, ...failed];
    return { level: "trouble", state: "up, but disconnected", reasons };
  }
  const reasons = [...lagging.reasons, ...failed];
  const level = lagging.level === "well" && failed.length > 0 ? "warning" : lagging.level;
  return { level, state: lagging.state, reasons };
}

function judgeLag(
  lag: StandbyLag | undefined,
  thresholds: HealthThresholds,
): Pick<OverviewRow, "level" | "state" | "reasons"> {
  if (lag === undefined) return { level: "well", state: "up", reasons: [] };
  const seconds = lag.seconds ?? 0;
  const bytes = lag.bytes ?? 0;
  const amounts = [
    ...lag.seconds === null ? [] : [formatSeconds(seconds)],
    ...lag.bytes === null ? [] : [formatBytes(bytes)],
  ];
  const reasons = [`It is ${amounts.join(", ")} behind the primary`];
  if (seconds > thresholds.criticalLagSeconds || bytes > thresholds.criticalLagBytes) {
    return { level: "trouble", state: "up, but far behind", reasons };
  }
  if (seconds > thresholds.warningLagSeconds || bytes > thresholds.warningLagBytes) {
    return { level: "warning", state: "up, but behind", reasons };
  }
  if (lag.seconds !== null) return { level: "well", state: "up", reasons: [] };
  return {
    level: "warning",
    state: "up, lag unknown",
    reasons: [lag.unknownBecause || "Why its lag is unknown was not said"],
  };
}
