import { UNKNOWN_IDENTIFIER } from "../cluster/topology/identity.ts";
import type { ClusterTracker } from "../cluster/tracker.ts";
import type { Clock } from "../domain/clock.ts";
import type { ServerSnapshot } from "../domain/view.ts";
import type { ReportedStandbys } from "./reported_standbys.ts";
import type { ServerWatch } from "./server_watch.ts";

/** After this long without a position sample, seconds, a server is collected at once. */
const MISSED_SAMPLES_SECONDS = 3;

/** A standby of which its primary reports all is asked itself only when its latest response is older, seconds. */
const ASKED_AFTER_SECONDS = 2.5;

/** One that responded more slowly, seconds, is asked at every turn, so that no response is much older than without reports. */
const SLOW_SECONDS = 0.5;

/** While a commit has waited this long for its synchronous standbys, seconds, every turn is a collection. */
const STUCK_COMMIT_SECONDS = 0.5;

/** What a turn needs of a watch. */
export type PolledWatch = Pick<
  ServerWatch,
  "snapshot" | "collectedAt" | "connected" | "mayTry" | "collect" | "samplePosition"
>;

/**
 * One turn of a server's loop: collects at every interval, and when a lost session may be opened again; otherwise samples
 * its WAL position, unless it is a standby that had reported it to its primary.
 *
 * @param options `intervalSeconds`: between two collections, `turnSeconds`: between two turns; `tracker` receives the
 * samples, `reports` those of standbys; `ask` gives a standby a turn at once whose report is not enough.
 */
export async function pollServer(
  watch: PolledWatch,
  options: {
    readonly clock: Clock;
    readonly intervalSeconds: number;
    readonly turnSeconds: number;
    readonly tracker: Pick<ClusterTracker, "sample" | "sampleStandby">;
    readonly reports: Pick<ReportedStandbys, "take" | "at" | "forget">;
    readonly ask: (standby: string) => void;
  },
): Promise<void> {
  const { clock, intervalSeconds, turnSeconds, tracker, reports } = options;
  const now = clock.monotonic();
  const age = watch.collectedAt === null ? Infinity : now - watch.collectedAt;
  if (age >= intervalSeconds || (!watch.connected && watch.mayTry)) return await watch.collect();
  // Between two attempts to connect a collection would only repeat, and count again, the error of the latest.
  if (!watch.connected) return;
  // Alerts fire on waiting commits, so these facts must not be 15 s old.
  if (isStuck(watch.snapshot)) return await watch.collect();
  const { server, heardAt: respondedAt = -Infinity } = watch.snapshot;
  const reportedAt = reports.at(server, { now, turnSeconds });
  if (reportedAt !== null && now - respondedAt < ASKED_AFTER_SECONDS) return;
  const sample = await watch.samplePosition();
  if (clock.monotonic() - now > SLOW_SECONDS) reports.forget(server);
  const { facts: { server: [fact] = [] }, heardAt } = watch.snapshot;
  if (sample === null && heardAt !== undefined) {
    const since = Math.max(heardAt, reportedAt ?? heardAt);
    if (clock.monotonic() - since > MISSED_SAMPLES_SECONDS) return await watch.collect();
  }
  if (sample === null || fact === undefined) return;
  // Promoted, or a standby again: collect at once, so that a failover is seen within one turn.
  if (sample.inRecovery !== fact.inRecovery) return await watch.collect();
  // A connection between servers started or ended: collect at once, so that it is seen within a second or two.
  if (sample.linksChanged) return await watch.collect();
  const { systemIdentifier, timeline } = fact;
  if (sample.inRecovery) tracker.sampleStandby(server, sample);
  else if (timeline !== null) {
    tracker.sample(server, { systemIdentifier: systemIdentifier ?? UNKNOWN_IDENTIFIER, timeline, ...sample });
    for (const standby of reports.take(server, sample)) options.ask(standby);
  }
}

function isStuck({ up, facts }: ServerSnapshot): boolean {
  return up && (facts.sync?.[0]?.oldestWaitSeconds ?? 0) >= STUCK_COMMIT_SECONDS;
}
