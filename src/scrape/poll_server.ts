import { UNKNOWN_IDENTIFIER } from "../cluster/topology/identity.ts";
import type { ClusterTracker } from "../cluster/tracker.ts";
import type { Clock } from "../domain/clock.ts";
import type { ServerSnapshot } from "../domain/view.ts";
import type { ServerWatch } from "./server_watch.ts";

/** After this long without a position sample, seconds, a server is collected at once. */
const MISSED_SAMPLES_SECONDS = 3;

/** While a commit has waited this long for its synchronous standbys, seconds, every turn is a collection. */
const STUCK_COMMIT_SECONDS = 0.5;

/** What a turn needs of a watch. */
export type PolledWatch = Pick<
  ServerWatch,
  "snapshot" | "collectedAt" | "connected" | "mayTry" | "collect" | "samplePosition"
>;

/**
 * One turn of a server's loop: collects at every interval, and when a lost session may be opened again; otherwise samples
 * its WAL position.
 *
 * @param options `intervalSeconds`: between two collections; `tracker` receives the samples.
 */
export async function pollServer(
  watch: PolledWatch,
  options: {
    readonly clock: Clock;
    readonly intervalSeconds: number;
    readonly tracker: Pick<ClusterTracker, "sample" | "sampleStandby">;
  },
): Promise<void> {
  const { clock, intervalSeconds, tracker } = options;
  const age = watch.collectedAt === null ? Infinity : clock.monotonic() - watch.collectedAt;
  if (age >= intervalSeconds || (!watch.connected && watch.mayTry)) return await watch.collect();
  // Between two attempts to connect a collection would only repeat, and count again, the error of the latest.
  if (!watch.connected) return;
  // Alerts fire on waiting commits, so these facts must not be 15 s old.
  if (isStuck(watch.snapshot)) return await watch.collect();
  const sample = await watch.samplePosition();
  const fact = watch.snapshot.facts.server?.[0];
  const { heardAt, server } = watch.snapshot;
  if (sample === null && heardAt !== undefined && clock.monotonic() - heardAt > MISSED_SAMPLES_SECONDS) {
    return await watch.collect();
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
  }
}

function isStuck({ up, facts }: ServerSnapshot): boolean {
  return up && (facts.sync?.[0]?.oldestWaitSeconds ?? 0) >= STUCK_COMMIT_SECONDS;
}
