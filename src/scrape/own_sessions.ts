/**
 * What is read over sessions of its own, which are opened for it and closed again: tables that are compared, and catalogues
 * of databases.
 *
 * @module
 */
import type { ClusterTracker } from "../cluster/tracker.ts";
import type { Config } from "../config/config.ts";
import { ConsistencyWatch, type ConsistencyWatchOptions } from "../consistency/consistency_watch.ts";
import { DatabaseWatch } from "../databases/database_watch.ts";
import { mayReplicateLogically } from "../databases/plan_readings.ts";
import type { View } from "../domain/view.ts";
import type { WatchList } from "./watch_list.ts";
import type { ServerWatch } from "./server_watch.ts";

/** What it needs. */
export interface OwnSessionsOptions
  extends Pick<ConsistencyWatchOptions, "clock" | "random" | "readTextFile" | "logger"> {
  /** The current configuration. */
  readonly config: () => Config;
  /** The servers watched now. */
  readonly list: Pick<WatchList<ServerWatch>, "snapshots" | "connectedConfigs">;
  /** Records what was read. */
  readonly tracker: Pick<ClusterTracker, "observeConsistency" | "observeCatalogues">;
  /** The current view; null before every server has been tried. */
  readonly view: () => View | null;
  /** Called when something was recorded. */
  readonly onNews: () => void;
}

/** Reads over sessions of its own. */
export class OwnSessions {
  readonly #consistency: ConsistencyWatch;
  readonly #databases: DatabaseWatch;

  /** Reads nothing until a step is taken. */
  constructor({ config, list, tracker, onNews, ...options }: OwnSessionsOptions) {
    const shared = { ...options, servers: () => list.connectedConfigs };
    this.#consistency = new ConsistencyWatch({
      ...shared,
      config: () => config().consistency ?? null,
      onResults: (results) => {
        tracker.observeConsistency(results);
        onNews();
      },
    });
    this.#databases = new DatabaseWatch({
      ...shared,
      intervalSeconds: () => config().logical?.databasesIntervalSeconds ?? 0,
      mayConcern: () => list.snapshots.some(mayReplicateLogically),
      onResults: (results) => {
        tracker.observeCatalogues(results);
        onNews();
      },
    });
  }

  /** Steps to take about once a second, independently of each other; they never reject. */
  get steps(): readonly ((signal: AbortSignal) => Promise<void>)[] {
    return [(signal) => this.#consistency.step(signal), (signal) => this.#databases.step(signal)];
  }

  /** See {@linkcode DatabaseWatch.hasRead}. */
  get hasReadDatabases(): boolean {
    return this.#databases.hasRead;
  }
}
