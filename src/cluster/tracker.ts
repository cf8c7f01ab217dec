/**
 * Follows clusters over time and derives the view from the latest snapshots.
 *
 * `sample`, `sampleStandby` and `observe` record. `derive` reads, and records what only views show: since when findings
 * hold, the lag of the last hour, and which subscriptions have stopped.
 *
 * @module
 */
import type { Clock } from "../domain/clock.ts";
import type { DatabaseCatalogue } from "../domain/catalogue.ts";
import type { ConsistencyResult } from "../domain/consistency.ts";
import {
  DEFAULT_REPORT_THRESHOLDS,
  type HealthThresholds,
  type ReportThresholds,
} from "../domain/thresholds.ts";
import { standbyKey } from "../domain/standby.ts";
import type { ServerSnapshot, UnwatchedServer, View } from "../domain/view.ts";
import { comparedIn } from "./compared_in.ts";
import { clusterContextOf, contextsByServer } from "./cluster_context.ts";
import { withSubscribedTables } from "./logical/subscribed_tables.ts";
import { deriveView } from "./derive_view.ts";
import { type CheckContext, DEFAULT_CHECK_CONTEXT } from "./findings/check.ts";
import { FindingMemory } from "./findings/finding_memory.ts";
import { LagHistory } from "./lag/lag_history.ts";
import { LagSampler } from "./lag/lag_samples.ts";
import { deriveSubscriptions } from "./logical/derive_subscriptions.ts";
import { isSettled, SETTLED_SECONDS } from "./settled.ts";
import { standbyContextsOf } from "./standby_context.ts";
import { SubscriptionChanges } from "./memory/subscription_changes.ts";
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

/** The lag of every standby and subscription at one moment. */
type Lags = Pick<View, "at" | "servers" | "standbys" | "subscriptions">;

/** Follows every watched server of one process: remembers, and derives views. */
export class ClusterTracker extends TrackerMemory {
  readonly #clock: Clock;
  #settings: TrackerSettings;
  readonly #findings: FindingMemory;
  readonly #lagHistory = new LagHistory();
  readonly #lagSampler = new LagSampler();
  readonly #subscriptionChanges = new SubscriptionChanges();
  #consistency: readonly ConsistencyResult[] = [];
  #catalogues: readonly DatabaseCatalogue[] = [];
  #unwatched: readonly UnwatchedServer[] | null = null;
  #latest: { readonly view: Lags; readonly news: string } | null = null;
  /** Number of what was recorded here besides the memory. */
  #records = 0;

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
    this.#records++;
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
    this.#records++;
    this.#consistency = results;
  }

  /**
   * Records what was read of databases.
   *
   * @param catalogues The latest of each.
   */
  observeCatalogues(catalogues: readonly DatabaseCatalogue[]): void {
    this.#records++;
    this.#catalogues = catalogues;
  }

  /**
   * Records which servers discovery cannot watch.
   *
   * @param unwatched All of them; null without discovery.
   */
  observeUnwatched(unwatched: readonly UnwatchedServer[] | null): void {
    if (JSON.stringify(unwatched) === JSON.stringify(this.#unwatched)) return;
    this.#records++;
    this.#unwatched = unwatched;
  }

  /**
   * Counts the lag of every standby and subscription at this moment.
   *
   * @param snapshots The latest snapshot of every watched server.
   * @param derive Derives the view of now, if more may have changed than the lags; null when there is none yet.
   */
  sampleLags(snapshots: readonly ServerSnapshot[], derive: () => View | null): void {
    const lags = this.#withLagsOfNow(snapshots) ?? derive();
    if (lags === null) return;
    const { warningLagSeconds } = this.#settings.report ?? DEFAULT_REPORT_THRESHOLDS;
    this.#lagSampler.record(lags, { warningLagSeconds, unixSeconds: this.#clock.wall() });
  }

  /**
   * Derives the view.
   *
   * @param snapshots The latest snapshot of every watched server.
   * @param at The moment of the view: our monotonic seconds; now, when absent.
   */
  derive(snapshots: readonly ServerSnapshot[], at: number = this.#clock.monotonic()): View {
    const catalogues = this.#catalogues.filter(({ server }) =>
      snapshots.some((each) => each.server === server && each.role === "primary")
    );
    const derived = deriveView(snapshots, { ...this.#settings, memory: this, at });
    const view = {
      ...derived,
      subscriptions: withSubscribedTables(derived.subscriptions, catalogues),
      consistency: this.#consistency.filter(comparedIn(derived)),
      ...catalogues.length === 0 ? {} : { catalogues },
      ...this.#unwatched === null ? {} : { unwatched: this.#unwatched },
    };
    this.events.add(this.#subscriptionChanges.observe(view.subscriptions));
    const lagHistory = this.#lagHistory.record(view.standbys, at);
    const lagSamples = this.#lagSampler.all;
    const news = this.#news;
    const findings = this.#findings.findingsOf(view, news);
    this.#latest = { view, news };
    return { ...view, events: this.events.latest, lagHistory, lagSamples, findings };
  }

  get #news(): string {
    return `${this.revision} ${this.#records}`;
  }

  /** The latest view with the lags of now; null when more may have changed than those. */
  #withLagsOfNow(snapshots: readonly ServerSnapshot[]): Lags | null {
    const at = this.#clock.monotonic();
    const { view, news } = this.#latest ?? {};
    if (view === undefined || news !== this.#news || at - view.at >= SETTLED_SECONDS) return null;
    const contexts = this.groups(snapshots).map((group) => clusterContextOf(group, at));
    const standbys = contexts.flatMap((context) =>
      standbyContextsOf(context).map((each) => ({ ...each, clusterKey: context.key }))
    );
    const subscriptions = view.subscriptions.length === 0
      ? []
      : deriveSubscriptions(snapshots, { contextOf: contextsByServer(contexts), memories: this.servers, at });
    // What changes these without news is for the view to tell.
    if (news !== this.#news || !isSettled(snapshots, standbys, subscriptions)) return null;
    const lags = new Map(standbys.map((each) => [standbyKey(each), each.lag]));
    const lagNow = (name: string, clusterKey: string | null) =>
      lags.get(standbyKey({ name, clusterKey: clusterKey ?? "" })) ?? null;
    return {
      at,
      servers: view.servers.map((each) => ({
        ...each,
        lag: each.lag && (lagNow(each.aliasOf ?? each.server, each.clusterKey) ?? each.lag),
      })),
      standbys: view.standbys.map((each) => ({
        ...each,
        lag: lagNow(each.name, each.clusterKey) ?? each.lag,
      })),
      subscriptions,
    };
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
