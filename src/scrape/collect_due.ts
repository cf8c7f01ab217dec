/**
 * Collections that a scrape waits for.
 *
 * @module
 */
import type { Clock } from "../domain/clock.ts";
import { startDeadline } from "../domain/deadline.ts";
import type { ServerWatch } from "./server_watch.ts";

/** A collection ends this long after its deadline at the latest, seconds. */
const DEADLINE_MARGIN_SECONDS = 0.25;

/**
 * Collects the servers whose data is too old; one that was down at its latest collection is retried in the background.
 *
 * @param watches The servers.
 * @param limits When data is too old, how long a collection may take, and how long to wait for all of them.
 */
export async function collectDue(
  watches: readonly Pick<ServerWatch, "collect" | "collectedAt" | "snapshot">[],
  { clock, maxAgeSeconds, budgetSeconds, deadlineSeconds }: {
    readonly clock: Clock;
    readonly maxAgeSeconds: number;
    readonly budgetSeconds: number;
    readonly deadlineSeconds: number;
  },
): Promise<void> {
  const oldest = clock.monotonic() - maxAgeSeconds;
  const due = watches.filter(({ collectedAt, snapshot }) =>
    collectedAt === null || (snapshot.up && collectedAt < oldest)
  );
  if (due.length === 0) return;
  const collected = Promise.all(due.map((watch) => watch.collect()));
  // Every collection has a deadline of its own; this one is a safeguard.
  using deadline = startDeadline(Math.min(budgetSeconds, deadlineSeconds + DEADLINE_MARGIN_SECONDS), {
    clock,
  });
  const spent = new Promise<void>((resolve) => {
    deadline.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([collected, spent]);
}
