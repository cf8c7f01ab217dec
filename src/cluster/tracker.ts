/**
 * Follows clusters over time and derives the view from the latest snapshots.
 *
 * `sample`, `sampleStandby`, `sampleReport` and `observe` record. `derive` reads, and records what only views show: since
 * when findings hold, the lag of the last hour, and which subscriptions have stopped.
 *
 * @module
 */
import type { Clock } from "../domain/clock.ts";
import type { DatabaseCatalogue } from "../domain/catalogue.ts";
import type { ConsistencyResult } from "../domain/consistency.ts";
import { furthestLsn } from "../domain/lsn.ts";
import {
  DEFAULT_REPORT_THRESHOLDS,
  type HealthThresholds,
  type ReportThresholds,
} from "../domain/thresholds.ts";
import type { ServerSnapshot, UnwatchedServer, View } from "../domain/view.ts";
import { comparedIn } from "./compared_in.ts";
import { clusterContextOf } from "./cluster_context.ts";
import { deriveCurrentLags } from "./current_lags.ts";
import { withSubscribedTables } from "./logical/subscribed_tables.ts";
import { deriveView, type ViewOptions } from "./derive_view.ts";
import { type CheckContext, DEFAULT_CHECK_CONTEXT } from "./findings/check.ts";
import { FindingMemory } from "./findings/finding_memory.ts";
import { LagHistory } from "./lag/lag_history.ts";
import { LagSampler } from "./lag/lag_samples.ts";
import { relatedNames } from "./relatives.ts";
import { UNREAD_SECONDS, unsettledNames } from "./settled.ts";
import type { StandbyReport } from "./memory/server_memory.ts";
import { fedStandbysOf } from "./standby_context.ts";
import { SubscriptionChanges } from "./memory/subscription_changes.ts";
import { TrackerMemory, type TrackerMemoryOptions } from "./memory/tracker_memory.ts";
import type { Expectations } from "./topology/expected_standbys.ts";
import { deriveSignsOfLife } from "./topology/signs_of_life.ts";
import type { SenderJoin } from "./topology/join_senders.ts";

/** A standby that is behind by no more than this is current, seconds. */
const CURRENT_SECONDS = 0.1;

const NO_STANDBYS: ReadonlyMap<number, string> = new Map();

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
  readonly #subscriptionChanges = new SubscriptionChanges();
  #consistency: readonly ConsistencyResult[] = [];
  #catalogues: readonly DatabaseCatalogue[] = [];
  #unwatched: readonly UnwatchedServer[] | null = null;
  /** When the servers of each cluster name were last derived, and from which news of them. */
  readonly #derived = new Map<string, { readonly at: number; readonly news: string }>();
  /** Standbys by sender process, by their primary. */
  #fed: ReadonlyMap<string, ReadonlyMap<number, string>> = new Map();
  /** When all were derived together: our monotonic seconds. */
  #derivedAllAt = -Infinity;
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
   * Standbys of which {@linkcode ClusterTracker.sampleReport} takes reports, by the process that sends WAL to them.
   *
   * @param primary Name of the server that feeds them.
   */
  fedBy(primary: string): ReadonlyMap<number, string> {
    return this.#fed.get(primary) ?? NO_STANDBYS;
  }

  /**
   * Records what a primary, sampled at the same moment, has heard of one of its standbys, if that shows all.
   *
   * @param standby The standby's name.
   * @param report The report, and the name of the primary.
   * @returns Whether the standby is current. Else it may be further than it has reported, and is to be asked.
   */
  sampleReport(
    standby: string,
    { primary, ...report }: StandbyReport & { readonly primary: string },
  ): boolean {
    const memory = this.servers.of(standby);
    if (memory.applied === null) return false;
    const applied = furthestLsn(memory.applied.position, report.replayed) ?? report.replayed;
    const passedAt = this.servers.of(primary).wal.passedAt(applied);
    if (passedAt === null || report.at - passedAt > CURRENT_SECONDS) return false;
    memory.sampleReport(report);
    return true;
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
   * Counts the lag of every standby and subscription at this moment, and has derived of what more may have changed than the
   * lags; now and then everything, because a part shows neither what compares all servers nor who is gone.
   *
   * @param snapshots The latest snapshot of every watched server.
   * @param derive Derives the servers of a cluster name with {@linkcode derive} or {@linkcode derivePart}; all for null.
   */
  sampleLags(snapshots: readonly ServerSnapshot[], derive: (cluster: string | null) => void): void {
    const at = this.#clock.monotonic();
    const groups = this.groups(snapshots);
    this.#fed = new Map(groups.flatMap((group) => [...fedStandbysOf(group)]));
    const lags = deriveCurrentLags(snapshots, {
      groups,
      memories: this.servers,
      at,
    });
    this.#lagHistory.record(lags.standbys, at);
    const { warningLagSeconds } = this.#settings.report ?? DEFAULT_REPORT_THRESHOLDS;
    this.#lagSampler.record(lags, { warningLagSeconds, unixSeconds: this.#clock.wall() });
    const unsettled = unsettledNames(lags);
    const names = new Set(snapshots.map(({ cluster }) => cluster));
    for (const name of this.#derived.keys()) if (!names.has(name)) this.#derived.delete(name);
    if (at - this.#derivedAllAt >= UNREAD_SECONDS) derive(null);
    for (const name of names) if (this.#isDue(name, { unsettled, at })) derive(name);
  }

  /**
   * Derives the view.
   *
   * @param snapshots The latest snapshot of every watched server.
   * @param at The moment of the view: our monotonic seconds; now, when absent.
   */
  derive(snapshots: readonly ServerSnapshot[], at: number = this.#clock.monotonic()): View {
    const groups = this.groups(snapshots);
    const view = this.#deriveView(snapshots, { groups, at });
    this.events.add(this.#subscriptionChanges.observe(view.subscriptions));
    const lagHistory = this.#lagHistory.record(view.standbys, at);
    const findings = this.#findings.findingsOf(view, `${this.news.revision} ${this.#records}`);
    this.#noteDerived(snapshots, at);
    this.#derivedAllAt = at;
    return { ...view, events: this.events.latest, lagHistory, findings };
  }

  /**
   * Names of the clusters that have to do with those of one name, see {@linkcode relatedNames}; null for all.
   *
   * @param cluster The name that the user gave; "" without one.
   */
  relatedTo(cluster: string): ReadonlySet<string> | null {
    return relatedNames(cluster, this.before);
  }

  /**
   * Derives the view of some servers that have nothing to do with the others: all with one of {@linkcode relatedTo}.
   *
   * @param snapshots Their latest snapshots.
   * @param at The moment of the view: our monotonic seconds.
   */
  derivePart(snapshots: readonly ServerSnapshot[], at: number): View {
    const { unwatched, ...derived } = this.#deriveView(snapshots, {
      groups: this.groupsAmong(snapshots),
      at,
    });
    const names = new Set(snapshots.map(({ server }) => server));
    const view = unwatched === undefined
      ? derived
      : { ...derived, unwatched: unwatched.filter(({ seenBy }) => names.has(seenBy)) };
    const findings = this.#findings.findingsWithin(view);
    this.#noteDerived(snapshots, at);
    return { ...view, lagHistory: this.#lagHistory.points, findings };
  }

  #deriveView(
    snapshots: readonly ServerSnapshot[],
    { groups, at }: Pick<ViewOptions, "groups" | "at">,
  ): View {
    const derived = deriveView(snapshots, { ...this.#settings, groups, memory: this, at });
    const primaries = new Set(snapshots.flatMap(({ server, role }) => role === "primary" ? [server] : []));
    const catalogues = this.#catalogues.filter(({ server }) => primaries.has(server));
    return {
      ...derived,
      subscriptions: withSubscribedTables(derived.subscriptions, catalogues),
      consistency: this.#consistency.filter(comparedIn(derived)),
      lagSamples: this.#lagSampler.all,
      ...catalogues.length === 0 ? {} : { catalogues },
      ...this.#unwatched === null ? {} : { unwatched: this.#unwatched },
    };
  }

  #newsOf(cluster: string): string {
    return `${this.news.of(cluster)} ${this.#records}`;
  }

  #noteDerived(snapshots: readonly ServerSnapshot[], at: number): void {
    for (const { cluster } of snapshots) this.#derived.set(cluster, { at, news: this.#newsOf(cluster) });
  }

  /** Whether more may have changed of the servers of a cluster name than their lags. */
  #isDue(
    cluster: string,
    { unsettled, at }: { readonly unsettled: ReadonlySet<string>; readonly at: number },
  ): boolean {
    const known = this.#derived.get(cluster);
    return known === undefined || known.news !== this.#newsOf(cluster) ||
      unsettled.has(cluster) && known.at < at;
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
