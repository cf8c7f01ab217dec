import type { ClusterTracker } from "../cluster/tracker.ts";
import { keyOfServer } from "../cluster/topology/identity.ts";
import { doubtfulPrimaries } from "../cluster/topology/primary.ts";
import type { Clock } from "../domain/clock.ts";
import type { ServerSnapshot } from "../domain/view.ts";
import type { ServerWatch } from "./server_watch.ts";

/** Longest wait of a scrape for a server in doubt, seconds. */
const MAX_WAIT_SECONDS = 0.5;

/** What is needed of a watch. */
export type AskedWatch = Pick<
  ServerWatch,
  "snapshot" | "closed" | "mayTry" | "triedAt" | "collect" | "collectAtOnce"
>;

interface Known {
  readonly list: {
    readonly watches: readonly AskedWatch[];
    inCluster(cluster: string): readonly AskedWatch[];
  };
  readonly tracker: Pick<ClusterTracker, "signsOfLife">;
}

/** Asks a server at once, instead of at its next turn, where what another server reported makes its state doubtful. */
export class PromptAsking {
  readonly #known: () => Known;
  readonly #asked = new Map<AskedWatch, Promise<void>>();

  /**
   * Asks nobody yet.
   *
   * @param known The watches, and what is remembered of their servers.
   */
  constructor(known: () => Known) {
    this.#known = known;
  }

  /** Follows up on a new snapshot. */
  follow(snapshot: ServerSnapshot): void {
    if (snapshot.role === "primary") this.#askDoubtful(snapshot.cluster);
    if (snapshot.up) this.#tryLiving(snapshot);
  }

  /**
   * Waits until every primary in doubt has answered, so that a scrape shows what is so.
   *
   * @param clock Measures the wait.
   * @param mostSeconds The longest wait; never more than half a second.
   */
  async settled({ sleep }: Pick<Clock, "sleep">, mostSeconds: number): Promise<void> {
    const seconds = Math.min(mostSeconds, MAX_WAIT_SECONDS);
    if (this.#asked.size === 0 || seconds <= 0) return;
    const end = new AbortController();
    let isLate = false;
    const limit = sleep(seconds, end.signal).then(() => void (isLate = true), () => {});
    while (!isLate && this.#asked.size > 0) {
      await Promise.race([Promise.all(this.#asked.values()), limit]);
    }
    end.abort();
  }

  /** Asks primaries of a cluster name again that were last heard before another one of their cluster was promoted. */
  #askDoubtful(cluster: string): void {
    const watches = this.#known().list.inCluster(cluster);
    const doubtful = new Set(doubtfulPrimaries(watches.map(({ snapshot }) => snapshot)));
    for (const watch of watches) {
      if (!doubtful.has(watch.snapshot) || this.#asked.has(watch) || watch.closed.aborted) continue;
      // A collection that was under way may have read it before the promotion: then it is asked once more.
      const answered = watch.collect().then(() => {
        this.#asked.delete(watch);
        this.#askDoubtful(cluster);
      });
      this.#asked.set(watch, answered);
    }
  }

  /** Connects to servers of a cluster that others have heard of since the latest attempt, when one of it was read. */
  #tryLiving(read: ServerSnapshot): void {
    const { list, tracker } = this.#known();
    const waiting = list.inCluster(read.cluster).filter((watch) =>
      !watch.mayTry && !watch.closed.aborted && mayBeOfOneCluster(watch.snapshot, read)
    );
    if (waiting.length === 0) return;
    const seenAt = tracker.signsOfLife(list.watches.map(({ snapshot }) => snapshot), read.server);
    for (const watch of waiting) {
      if ((seenAt.get(watch.snapshot.server) ?? -Infinity) > watch.triedAt) watch.collectAtOnce();
    }
  }
}

function mayBeOfOneCluster(a: ServerSnapshot, b: ServerSnapshot): boolean {
  const [key, other] = [keyOfServer(a), keyOfServer(b)];
  return key === null || other === null || key === other;
}
