/**
 * Follows clusters over time and derives the view from the latest snapshots.
 *
 * `sample` and `observe` take in, `derive` reads, and keeps what only views tell: since when findings hold, and the
 * lag of the last hour. It may be called as often as a view is wanted.
 *
 * @module
 */
import type { Clock } from "../domain/clock.ts";
import type { ConsistencyResult } from "../domain/consistency.ts";
import type { ClusterEvent } from "../domain/event.ts";
import {
  DEFAULT_REPORT_THRESHOLDS,
  type HealthThresholds,
  type ReportThresholds,
} from "../domain/thresholds.ts";
import type { ServerSnapshot, View } from "../domain/view.ts";
import { ClusterMemory, type PositionTick } from "./memory/cluster_memory.ts";
import type { WriterTrack } from "./lag/lag_clock.ts";
import { deriveView } from "./derive_view.ts";
import { type Expectations, expectedByCluster } from "./topology/expected_standbys.ts";
import { type CheckContext, DEFAULT_CHECK_CONTEXT } from "./findings/check.ts";
import { FindingMemory } from "./findings/finding_memory.ts";
import { groupByCluster } from "./topology/identity.ts";
import type { SenderJoin } from "./topology/join_senders.ts";
import { LagHistory } from "./lag/lag_history.ts";
import type { StandbyTick } from "./memory/server_memory.ts";

/** What a tracker needs. */
export interface TrackerOptions extends Expectations {
  /** Where time is read when `derive` is not told. */
  readonly clock: Clock;
  /** Steps of the health score. */
  readonly health: HealthThresholds;
  /** From where on findings call a lag a warning or critical; {@linkcode DEFAULT_REPORT_THRESHOLDS} when absent. */
  readonly report?: ReportThresholds;
  /** Names of the configured servers, which no other standby gets; those observed, when not given. */
  readonly servers?: readonly string[];
}

/** Follows every configured server of one process. */
export class ClusterTracker {
  #options: TrackerOptions;
  readonly #memory: ClusterMemory;
  readonly #findings: FindingMemory;
  readonly #lagHistory = new LagHistory();
  readonly #admitted = new Set<string>();
  #consistency: readonly ConsistencyResult[] = [];

  /** Follows from now on; nothing is known yet. */
  constructor(options: TrackerOptions) {
    this.#options = options;
    this.#memory = new ClusterMemory(options.clock, options.servers);
    this.#findings = new FindingMemory(checkContextOf(options));
  }

  /**
   * Takes other thresholds and another number of expected standbys: all that is remembered stays.
   *
   * @param options What holds from now on.
   */
  reconfigure(options: Omit<TrackerOptions, "clock" | "servers">): void {
    this.#options = { clock: this.#options.clock, ...options };
    this.#findings.context = checkContextOf(options);
  }

  /**
   * Takes a tick of the lag clock: the position of a server that is not in recovery.
   *
   * @param server The server's name.
   * @param tick What was read.
   */
  sample(server: string, tick: PositionTick): void {
    this.#memory.sample(server, tick);
  }

  /**
   * Takes a tick of a standby: where its WAL ended while it was still in recovery, and what it had replayed.
   *
   * @param server The server's name.
   * @param tick What was read, at our monotonic seconds.
   */
  sampleStandby(server: string, tick: StandbyTick): void {
    this.#memory.servers.sampleStandby(server, tick);
  }

  /**
   * Takes in the outcome of a collection, of one server or of several.
   *
   * @param snapshots The new knowledge of these servers; what is known of the others stands.
   * @returns What happened, oldest first.
   */
  observe(snapshots: readonly ServerSnapshot[]): readonly ClusterEvent[] {
    return this.#memory.observe(snapshots);
  }

  /**
   * Follows one more server, ahead of its first snapshot: from now on as if it had been configured.
   *
   * @param server Its name, which what was remembered of it gives up.
   */
  admit(server: string): void {
    this.#admitted.add(server);
    this.#memory.remembered.claim(server);
  }

  /**
   * Follows a server that is configured from now on, ahead of its first snapshot. What is remembered of a server of this
   * name stays.
   *
   * @param server Its name.
   */
  configure(server: string): void {
    this.#admitted.delete(server);
    this.#memory.remembered.claim(server);
  }

  /**
   * No longer follows a server.
   *
   * @param server Its name.
   */
  forget(server: string): void {
    this.#admitted.delete(server);
    this.#memory.forget(server);
  }

  /**
   * The sender rows by cluster, joined to the servers they feed as far as can be told.
   *
   * @param snapshots The latest knowledge of every server.
   */
  senders(snapshots: readonly ServerSnapshot[]): ReadonlyMap<string, SenderJoin> {
    const groups = [...groupByCluster(snapshots)];
    return new Map(groups.map(([identifier, group]) => [identifier, this.#memory.joinSenders(group)]));
  }

  /**
   * Takes in how tables compare between primaries and standbys.
   *
   * @param results The latest of each table on each standby: all there are.
   */
  observeConsistency(results: readonly ConsistencyResult[]): void {
    this.#consistency = results;
  }

  /** The lag clock's history. */
  get history(): readonly WriterTrack[] {
    return this.#memory.lagClock.tracks;
  }

  /**
   * Takes in a history from before, ahead of the first sample.
   *
   * @param tracks The history, moments in our monotonic seconds.
   */
  restore(tracks: readonly WriterTrack[]): void {
    for (const { samples, ...writer } of tracks) {
      for (const sample of samples) this.#memory.lagClock.sample({ ...writer, ...sample });
    }
  }

  /**
   * Derives the view.
   *
   * @param snapshots The latest knowledge of every configured server.
   * @param at The moment of the view: our monotonic seconds; now, when absent.
   */
  derive(snapshots: readonly ServerSnapshot[], at: number = this.#options.clock.monotonic()): View {
    const { health } = this.#options;
    const admitted = snapshots.filter(({ server }) => this.#admitted.has(server));
    const expectedStandbys = expectedByCluster(this.#options, admitted);
    const view = {
      ...deriveView(snapshots, { memory: this.#memory, at, expectedStandbys, health }),
      consistency: this.#consistency.filter(({ standby }) =>
        snapshots.some(({ server, role }) => server === standby && role !== "primary")
      ),
    };
    const lagHistory = this.#lagHistory.record(view.standbys, at);
    return { ...view, lagHistory, findings: this.#findings.findingsOf(view) };
  }
}

function checkContextOf({ report }: Pick<TrackerOptions, "report">): CheckContext {
  const { warningLagSeconds, criticalLagSeconds } = report ?? DEFAULT_REPORT_THRESHOLDS;
  return {
    ...DEFAULT_CHECK_CONTEXT,
    lagWarningSeconds: warningLagSeconds,
    lagCriticalSeconds: criticalLagSeconds,
  };
}
