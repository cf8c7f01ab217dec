import type { ClusterTracker } from "../cluster/tracker.ts";
import type { Clock } from "../domain/clock.ts";
import type { ServerSnapshot } from "../domain/view.ts";
import type { ServerWatch } from "./server_watch.ts";

/** A server whose positions could not be sampled for this long is collected at once, seconds. */
const UNSAMPLED_SECONDS = 3;

/** While a commit has waited this long for its synchronous standbys, seconds, everything is read every turn. */
const STUCK_COMMIT_SECONDS = 0.5;

/** What a turn needs of a watch. */
export type Turned = Pick<
  ServerWatch,
  "snapshot" | "collectedAt" | "connected" | "mayTry" | "collect" | "samplePosition"
>;

/**
 * One turn of a server's loop: collects when it is time or when the session was lost and may be tried again; else samples
 * where its WAL is.
 *
 * @param watch The server's watch.
 * @param options `intervalSeconds`: between two collections; `tracker` takes what was sampled.
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
  // Whether they still wait, and how long, is what somebody is woken for: not to be 15 s old.
  if (isStuck(watch.snapshot)) return await watch.collect();
  const sample = await watch.samplePosition();
  const fact = watch.snapshot.facts.server?.[0];
  const { heardAt, server } = watch.snapshot;
  if (sample === null && heardAt !== undefined && clock.monotonic() - heardAt > UNSAMPLED_SECONDS) {
    return await watch.collect();
  }
  if (sample === null || fact === undefined) return;
  // Promoted, or back as a standby: everything is read anew, so that a failover is known within one interval.
  if (sample.inRecovery !== fact.inRecovery) return await watch.collect();
  // A link was lost or made: who is connected is known within a second or two, whatever the interval.
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
