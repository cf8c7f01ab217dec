/**
 * The exporter's tracker, fed with what simulated servers answer.
 *
 * @module
 */
import { ClusterTracker } from "../../../src/cluster/tracker.ts";
import { DEFAULT_HEALTH_THRESHOLDS, DEFAULT_REPORT_THRESHOLDS } from "../../../src/domain/thresholds.ts";
import type { ServerSnapshot, View } from "../../../src/domain/view.ts";
import { deriveReport } from "../../../src/report/derive.ts";
import type { Report } from "../../../src/report/model.ts";
import { neverReached } from "../fixtures.ts";
import { type Postmaster, type Simulation, WALL_OFFSET, type WatchedName } from "./simulated_postmaster.ts";

/** A name that leads to a server, by the server's own address. */
export function nameOf(target: Postmaster, more: Partial<WatchedName> = {}): WatchedName {
  return {
    name: target.name,
    cluster: "",
    target,
    isReachable: true,
    trouble: "unreachable",
    canSeeStatistics: true,
    canSeeIdentity: true,
    readsSenders: true,
    host: target.identity.host,
    ...more,
  };
}

/** The configuration of an exporter. */
interface ExporterOptions {
  /** What it watches, in configured order. */
  readonly names: readonly WatchedName[];
  /** Whether servers without a cluster name are one cluster; not so for probes. */
  readonly isUnnamedOneCluster?: boolean;
  /** Whether it also reads positions between collections. */
  readonly samples?: boolean;
  /** Whether clusters of servers that are as they were are looked at later; so it is when absent. */
  readonly mayWait?: boolean;
}

/** Watches simulated servers. */
export class SimulatedExporter {
  readonly #simulation: Simulation;
  readonly #options: ExporterOptions;
  #tracker: ClusterTracker;
  readonly #snapshots = new Map<string, ServerSnapshot>();

  /** Has read nothing yet. */
  constructor(simulation: Simulation, options: ExporterOptions) {
    this.#simulation = simulation;
    this.#options = options;
    this.#tracker = this.#startTracker();
  }

  /** What follows the clusters. */
  get tracker(): ClusterTracker {
    return this.#tracker;
  }

  /** What it watches, in configured order. */
  get names(): readonly WatchedName[] {
    return this.#options.names;
  }

  /** Whether anything was ever read under a name. */
  hasRead({ name }: WatchedName): boolean {
    return this.#snapshots.has(name);
  }

  /**
   * Collects.
   *
   * @param names Under these names, in this order; all when absent.
   */
  collect(names: readonly WatchedName[] = this.names): void {
    for (const watched of names) {
      const { target, isReachable, name } = watched;
      if (this.#options.samples && isReachable && target.isRunning && !target.inRecovery) {
        const { systemIdentifier, timeline, position } = target;
        const at = this.#simulation.now;
        this.#tracker.sample(name, { systemIdentifier, timeline: timeline.number, position, at });
      }
      const snapshot = this.#simulation.read(watched, this.#snapshots.get(name) ?? null);
      this.#snapshots.set(name, snapshot);
      this.#tracker.observe([snapshot], { mayWait: this.#options.mayWait ?? true });
    }
  }

  /** The latest knowledge of every server. */
  get snapshots(): readonly ServerSnapshot[] {
    return this.names.map(({ name, cluster }) => this.#snapshots.get(name) ?? neverReached(name, cluster));
  }

  /** Everything known now. */
  view(): View {
    return this.#tracker.derive(this.snapshots);
  }

  /** The same of the servers that have to do with a cluster name, and of no others. */
  viewAround(cluster: string): View {
    const names = this.#tracker.relatedTo(cluster);
    const part = this.snapshots.filter((each) => names === null || names.has(each.cluster));
    return this.#tracker.derivePart(part, this.#simulation.now);
  }

  /** Starts the exporter again: only the history of the lag clocks is left. */
  restart(): void {
    const { history } = this.#tracker;
    this.#tracker = this.#startTracker();
    this.#tracker.restore(history);
    this.#snapshots.clear();
  }

  #startTracker(): ClusterTracker {
    const { names, isUnnamedOneCluster = true } = this.#options;
    return new ClusterTracker({
      clock: {
        monotonic: () => this.#simulation.now,
        wall: () => this.#simulation.now + WALL_OFFSET,
        sleep: () => Promise.reject(new Error("No sleeping")),
      },
      expectedStandbys: null,
      servers: names.map(({ name }) => name),
      health: DEFAULT_HEALTH_THRESHOLDS,
      isUnnamedOneCluster,
    });
  }
}

/** The report of a view. */
export function reportOf(view: View): Report {
  return deriveReport(view, {
    now: view.at,
    wallNow: view.at + WALL_OFFSET,
    build: { version: "1", revision: "" },
    thresholds: DEFAULT_REPORT_THRESHOLDS,
  });
}
