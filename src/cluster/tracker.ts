/**
 * Follows clusters over time and derives the view from the latest snapshots.
 *
 * `sample`, `sampleStandby` and `observe` record. `derive` reads, and records what only views show: since when findings
 * hold, and the lag of the last hour.
 *
 * @module
 */
import type { Clock } from "../domain/clock.ts";
import type { ConsistencyResult } from "../domain/consistency.ts";
import {
  DEFAULT_REPORT_THRESHOLDS,
  type HealthThresholds,
  type ReportThresholds,
} from "../domain/thresholds.ts";
import type { ServerSnapshot, UnwatchedServer, View } from "../domain/view.ts";
import { clusterContextOf } from "./cluster_context.ts";
import { deriveView } from "./derive_view.ts";
import { type CheckContext, DEFAULT_CHECK_CONTEXT } from "./findings/check.ts";
import { FindingMemory } from "./findings/finding_memory.ts";
import { LagHistory } from "./lag/lag_history.ts";
import { LagSampler } from "./lag/lag_samples.ts";
import { TrackerMemory, type TrackerMemoryOptions } from "./memory/tracker_memory.ts";
import type { Expectations } from "./topology/expected_standbys.ts";
import { deriveSignsOfLife } from "./topology/signs_of_life.ts";
import type { SenderJoin } from "./topology/join_senders.ts";

/** What a tracker needs. */
export interface TrackerOptions extends Expectations, TrackerMemoryOptions {
  /** Steps of the health score. */
  readonly health: HealthThresholds;
  /** Thresholds of findings on lag; {@linkcode DEFAULT_REPORT_THRESHOLDS} when absent. */
  readonly report?: ReportThresholds;
}

/** What may change while a tracker runs. */
export type TrackerSettings = Pick<TrackerOptions, "expectedStandbys" | "clusters" | "health" | "report">;

/** Sender rows of one cluster, joined to the servers they feed. */
export interface JoinedCluster {
  /** `system_identifier` of the cluster. */
  readonly systemIdentifier: string;
  /** Its servers, each postmaster once. */
  readonly servers: readonly ServerSnapshot[];
  /** Its sender rows. */
  readonly senders: SenderJoin;
}

/** Follows every watched server of one process: remembers, and derives views. */
export class ClusterTracker extends TrackerMemory {
  readonly #clock: Clock;
  #settings: TrackerSettings;
  readonly #findings: FindingMemory;
  readonly #lagHistory = new LagHistory();
  readonly #lagSampler = new LagSampler();
  #consistency: readonly ConsistencyResult[] = [];
  #unwatched: readonly UnwatchedServer[] | null = null;

  /** Follows from now on; nothing is known yet. */
  constructor(options: TrackerOptions) {
    super(options);
    this.#clock = options.clock;
    this.#settings = options;
    this.#findings = new FindingMemory(checkContextOf(options));
  }

  /**
   * Changes thresholds and expected standbys; everything remembered stays.
   *
   * @param settings The new settings.
   */
  reconfigure(settings: TrackerSettings): void {
    this.#settings = settings;
    this.#findings.context = checkContextOf(settings);
  }

  /**
   * The sender rows by cluster key, joined to the servers they feed.
   *
   * @param snapshots The latest snapshot of every server.
   */
  senders(snapshots: readonly ServerSnapshot[]): ReadonlyMap<string, JoinedCluster> {
    return new Map(
      this.groups(snapshots).map((group) => {
        const { key, systemIdentifier, servers, senders } = clusterContextOf(group, this.#clock.monotonic());
        return [key, { systemIdentifier, servers, senders }];
      }),
    );
  }

  /**
   * When other servers last heard of each server of one cluster, see {@linkcode deriveSignsOfLife}.
   *
   * @param snapshots The latest snapshot of every server.
   * @param member Name of a server of the cluster.
   */
  signsOfLife(snapshots: readonly ServerSnapshot[], member: string): ReadonlyMap<string, number> {
    const group = this.groups(snapshots).find(({ servers, aliases }) =>
      servers.some(({ server }) => server === member) || aliases.has(member)
    );
    return group === undefined
      ? new Map()
      : deriveSignsOfLife(clusterContextOf(group, this.#clock.monotonic()));
  }

  /**
   * Records the results of consistency checks.
   *
   * @param results The latest of each table on each standby.
   */
  observeConsistency(results: readonly ConsistencyResult[]): void {
    this.#consistency = results;
  }

  /**
   * Records which servers discovery cannot watch.
   *
   * @param unwatched All of them; null without discovery.
   */
  observeUnwatched(unwatched: readonly UnwatchedServer[] | null): void {
    this.#unwatched = unwatched;
  }

  /**
   * Counts the lag of every standby.
   *
   * @param view A view of now, of which only one a second is counted; null when there is none yet.
   */
  sampleLags(view: View | null): void {
    if (view === null) return;
    const { warningLagSeconds } = this.#settings.report ?? DEFAULT_REPORT_THRESHOLDS;
    this.#lagSampler.record(view, { warningLagSeconds, unixSeconds: this.#clock.wall() });
  }

  /**
   * Derives the view.
   *
   * @param snapshots The latest snapshot of every watched server.
   * @param at The moment of the view: our monotonic seconds; now, when absent.
   */
  derive(snapshots: readonly ServerSnapshot[], at: number = this.#clock.monotonic()): View {
    const standbys = new Set(snapshots.filter(({ role }) => role !== "primary").map(({ server }) => server));
    const view = {
      ...deriveView(snapshots, { ...this.#settings, memory: this, at }),
      consistency: this.#consistency.filter(({ standby }) => standbys.has(standby)),
      ...this.#unwatched === null ? {} : { unwatched: this.#unwatched },
    };
    const lagHistory = this.#lagHistory.record(view.standbys, at);
    const lagSamples = this.#lagSampler.all;
    return { ...view, lagHistory, lagSamples, findings: this.#findings.findingsOf(view) };
  }
}

function checkContextOf({ report }: Pick<TrackerSettings, "report">): CheckContext {
  const { warningLagSeconds, criticalLagSeconds } = report ?? DEFAULT_REPORT_THRESHOLDS;
  return {
    ...DEFAULT_CHECK_CONTEXT,
    lagWarningSeconds: warningLagSeconds,
    lagCriticalSeconds: criticalLagSeconds,
  };
}
