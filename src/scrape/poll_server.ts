import type { ClusterTracker } from "../cluster/tracker.ts";
import type { Clock } from "../domain/clock.ts";
import type { ServerSnapshot } from "../domain/view.ts";
import type { ServerWatch } from "./server_watch.ts";

/** A server that could not be sampled for this long is collected at once, seconds. */
const UNSAMPLED_SECONDS = 3;

/** While a commit has waited this long for synchronous standbys, the server is collected at every turn, seconds. */
const STUCK_COMMIT_SECONDS = 0.5;

/** What a turn needs of a watch. */
export type Turned = Pick<
  ServerWatch,
  "snapshot" | "collectedAt" | "connected" | "mayTry" | "collect" | "samplePosition"
>;

/**
 * One turn of a server's loop: collects when that is due, or when the session was lost and may be retried; else samples
 * its WAL position.
 *
 * @param watch The server's watch.
 * @param options `intervalSeconds`: between two collections; `tracker` records the samples.
 */
export async function pollServer(
  watch: Turned,
  options: {
    readonly clock: Clock;
    readonly intervalSeconds: number;
    readonly tracker: Pick<ClusterTracker, "sample" | "sampleStandby">;
  },
): Promise<void> {
  const { clock, intervalSeconds, tracker } = options;
  const age = watch.collectedAt === null ? Infinity : clock.monotonic() - watch.collectedAt;
  if (age >= intervalSeconds || (!watch.connected && watch.mayTry)) return await watch.collect();
  // Waiting commits wake people up: their number must not be a whole interval old.
  if (isStuck(watch.snapshot)) return await watch.collect();
  const sample = await watch.samplePosition();
  const fact = watch.snapshot.facts.server?.[0];
  const { heardAt, server } = watch.snapshot;
  if (sample === null && heardAt !== undefined && clock.monotonic() - heardAt > UNSAMPLED_SECONDS) {
    return await watch.collect();
  }
  if (sample === null || fact === undefined) return;
  // Promoted or demoted: everything is read again, so a failover is known at once.
  if (sample.inRecovery !== fact.inRecovery) return await watch.collect();
  // A connection came or went: that is known within a second or two, whatever the interval.
  if (sample.linksChanged) return await watch.collect();
  const { systemIdentifier, timeline } = fact;
  if (sample.inRecovery) tracker.sampleStandby(server, sample);
  else if (systemIdentifier !== null && timeline !== null) {
    tracker.sample(server, { systemIdentifier, timeline, ...sample });
  }
}

function isStuck({ up, facts }: ServerSnapshot): boolean {
  return up && (facts.sync?.[0]?.oldestWaitSeconds ?? 0) >= STUCK_COMMIT_SECONDS;
}
