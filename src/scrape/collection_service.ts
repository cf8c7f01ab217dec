/**
 * Watches all servers: collects in the background, samples positions for the lag clock, answers scrapes.
 *
 * Servers are collected independently of each other. A scrape waits only for servers that were up at their latest
 * collection. Others are retried in the background and published as down meanwhile.
 *
 * @module
 */
import { ClusterTracker } from "../cluster/tracker.ts";
import { scopeOfServer } from "../cluster/server_scope.ts";
import type { Collector } from "../collectors/collector.ts";
import { keyOfServer } from "../cluster/topology/identity.ts";
import type { Config } from "../config/config.ts";
import type { ServerSnapshot, View } from "../domain/view.ts";
import type { Family, Measurement } from "../metrics/family.ts";
import { gatherFamilies } from "../metrics/gather.ts";
import { ChangeLog } from "./change_log.ts";
import { collectDue } from "./collect_due.ts";
import { abortable } from "../domain/deadline.ts";
import { Loops } from "./loops.ts";
import {
  discoversIn,
  enabledCollectors,
  isStillReached,
  planServers,
  type Reconfigured,
  trackerSettings,
} from "./reconfiguration.ts";
import { measureServers } from "./measure_servers.ts";
import { OwnSessions } from "./own_sessions.ts";
import { PromptAsking } from "./prompt_asking.ts";
import type { Scraper, ServerScraper } from "./scraper.ts";
import type { ServiceOptions } from "./service_options.ts";
import { measureProcess, measureRejected, measureReload, type ReloadState } from "./self_metrics.ts";
import { labelsByServer, withServerLabels } from "./server_labels.ts";
import { STATE_WRITE_SECONDS } from "./state_file.ts";
import { ServerWatch } from "./server_watch.ts";
import { Polling } from "./polling.ts";
import { StandbyDiscovery } from "./standby_discovery.ts";
import { Turns } from "./turns.ts";
import { type WatchEntry, WatchList } from "./watch_list.ts";

/** Scrapes this close together share one answer, and readers of the view one view, seconds. */
const SHARED_ANSWER_SECONDS = 0.1;

/** A view or collection overdue by more than this means that the service has stalled, seconds. */
const HALT_MARGIN_SECONDS = 20;

/** Probes of servers that have to do with all others share a view of this age, seconds. */
const PROBE_SHARED_SECONDS = 1;

interface Answer {
  readonly at: number;
  readonly families: readonly Family[];
}

/** Watches all configured servers, and the standbys that are discovered. */
export class CollectionService implements Scraper, ServerScraper {
  readonly #options: ServiceOptions;
  readonly #list: WatchList<ServerWatch>;
  #discovery: StandbyDiscovery<ServerWatch> | null;
  #config: Config;
  #collectors: readonly Collector[];
  /** Deadline of watches that are opened; set before the rest of a new configuration. */
  #deadlineSeconds: number;
  /** Key of the cluster of servers before their configuration changed, until they respond again. */
  readonly #moved = new Map<string, string>();
  #reload: ReloadState;
  readonly #tracker: ClusterTracker;
  readonly #polling: Polling;
  readonly #changes: ChangeLog;
  readonly #ownSessions: OwnSessions;
  readonly #stop = new AbortController();
  readonly #loops: Loops;
  readonly #prompt = new PromptAsking(() => ({ list: this.#list, tracker: this.#tracker }));
  /** Findings are dated and lags sampled even when nobody reads them. */
  readonly #turns = new Turns(() => {
    this.#turnedAt = this.#options.clock.monotonic();
    if (this.#isAwaited) return;
    this.#tracker.sampleLags(
      this.#list.snapshots,
      (cluster) => cluster === null ? this.view({ maxAgeSeconds: 0 }) : this.#viewAround(cluster, 0),
    );
  });
  #turnedAt = Infinity;
  #answer: Answer | null = null;
  #view: View | null = null;

  /** Does nothing until {@linkcode CollectionService.start}. */
  constructor(options: ServiceOptions) {
    this.#options = options;
    const { config, clock } = options;
    this.#loops = new Loops({ clock });
    this.#config = config;
    this.#deadlineSeconds = config.collect.deadlineSeconds;
    this.#collectors = enabledCollectors(options.collectors, config);
    this.#reload = { isSuccessful: true, succeededAt: clock.wall() };
    this.#changes = new ChangeLog(options);
    this.#tracker = new ClusterTracker({
      ...options,
      ...trackerSettings(config),
      servers: config.servers.map(({ name }) => name),
    });
    this.#polling = new Polling({
      clock,
      tracker: this.#tracker,
      turns: this.#turns,
      intervalSeconds: () => this.#config.collect.intervalSeconds,
      turnSeconds: () => this.#tickSeconds,
      watchOf: (server) => this.#list.named(server)?.watch,
    });
    this.#list = new WatchList({
      servers: config.servers,
      clock,
      open: (server, onSnapshot) =>
        new ServerWatch({
          ...options,
          server,
          collectors: this.#collectors,
          deadlineSeconds: this.#deadlineSeconds,
          onSnapshot,
        }),
      onSnapshot: (snapshot) => this.#onSnapshot(snapshot),
      onAdded: (watch) => {
        this.#tracker.follow(watch.snapshot.server);
        this.#follow(watch);
      },
      onRemoved: (server) => this.#forget(server),
      onConfigured: (watch, before) => this.#onConfigured(watch, before),
    });
    this.#discovery = config.discovery ? this.#discover() : null;
    this.#ownSessions = new OwnSessions({
      ...options,
      config: () => this.#config,
      list: this.#list,
      tracker: this.#tracker,
      view: () => this.view(),
      onNews: () => [this.#answer, this.#view] = [null, null],
    });
  }

  /** Starts watching: every server has a loop of its own, so that none waits for another. */
  start(): void {
    for (const watch of this.#list.watches) this.#follow(watch);
    const [{ stateFile }, { signal }] = [this.#options, this.#stop];
    const steps = [() => Promise.resolve(this.#turns.expect()), ...this.#ownSessions.steps];
    for (const step of steps) this.#loops.every(() => this.#tickSeconds, () => step(signal), signal);
    if (stateFile !== undefined) {
      this.#loops.every(() => STATE_WRITE_SECONDS, () => stateFile.write(this.#tracker.history), signal);
    }
    this.#loops.every(() => this.#tickSeconds, async () => await this.#discovery?.step(), signal);
  }

  /**
   * Switches to another configuration without interruption. Servers whose configuration is unchanged keep their session
   * and history; new and changed ones are collected once first. Then everything changes at one moment. Calls must not
   * overlap.
   *
   * @param config The new configuration.
   * @returns Names of the servers that were added, changed and removed.
   */
  async reconfigure(config: Config): Promise<Reconfigured> {
    // The deadline becomes the statement timeout when a session begins, so a new one needs new sessions.
    const isDeadlineNew = config.collect.deadlineSeconds !== this.#deadlineSeconds;
    const plan = planServers(this.#list.entries, { servers: config.servers, reopensAll: isDeadlineNew });
    this.#deadlineSeconds = config.collect.deadlineSeconds;
    const opened = new Map(plan.fresh.map((server) => [server.name, this.#list.open(server)]));
    await Promise.all([...opened.values()].map((watch) => watch.collect()));
    if (this.#list.isClosed) return plan;
    // From here on nothing is awaited, so no scrape sees half of the change.
    this.#config = config;
    this.#collectors = enabledCollectors(this.#options.collectors, config);
    this.#tracker.reconfigure(trackerSettings(config));
    this.#list.configure({
      servers: config.servers,
      opened,
      keeps: (entry) =>
        discoversIn(config, entry.config.cluster) && isStillReached(entry.config, config.servers),
    });
    for (const watch of this.#list.watches) watch.setCollectors(this.#collectors);
    if (!config.discovery) this.#discovery = null;
    else this.#discovery ??= this.#discover();
    [this.#answer, this.#view] = [null, null];
    return plan;
  }

  /**
   * Records how a reload of the configuration ended.
   *
   * @param isSuccessful Whether the configuration that was read is in effect.
   */
  noteReload(isSuccessful: boolean): void {
    const succeededAt = isSuccessful ? this.#options.clock.wall() : this.#reload.succeededAt;
    this.#reload = { isSuccessful, succeededAt };
    this.#answer = null;
  }

  /** Whether discovery has looked for further servers since all configured ones were tried, or is off. */
  get hasDiscovered(): boolean {
    return this.#discovery?.hasLooked ?? true;
  }

  /** Whether every database with publications or subscriptions was tried since all servers were, or none is read. */
  get hasReadDatabases(): boolean {
    return this.#ownSessions.hasReadDatabases;
  }

  /** Whether views are derived and servers collected on time; servers that are down do not matter. */
  get isLive(): boolean {
    const now = this.#options.clock.monotonic();
    const { intervalSeconds } = this.#config.collect;
    const isLate = (at: number, seconds: number) =>
      now - at > seconds + this.#deadlineSeconds + HALT_MARGIN_SECONDS;
    return !isLate(this.#turnedAt, this.#tickSeconds) &&
      !this.#list.watches.some(({ collectedAt }) =>
        collectedAt !== null && isLate(collectedAt, intervalSeconds)
      );
  }

  /** Restores the history of the previous run from the state file, if there is one; call it before `start`. */
  async restore(): Promise<void> {
    const { stateFile } = this.#options;
    if (stateFile !== undefined) this.#tracker.restore(await stateFile.read());
  }

  /** See {@linkcode Scraper.view}. */
  view({ maxAgeSeconds = SHARED_ANSWER_SECONDS }: { readonly maxAgeSeconds?: number } = {}): View | null {
    const now = this.#options.clock.monotonic();
    if (this.#view !== null && now - this.#view.at <= maxAgeSeconds) return this.#view;
    if (this.#isAwaited) return null;
    this.#view = this.#derive();
    return this.#view;
  }

  /** See {@linkcode Scraper.scrape}. */
  async scrape({ budgetSeconds = Infinity } = {}): Promise<readonly Family[]> {
    const { clock } = this.#options;
    const endsAt = clock.monotonic() + budgetSeconds;
    await this.#collectDue(this.#list.watches, budgetSeconds);
    await this.#prompt.settled(clock, endsAt - clock.monotonic());
    return this.#families();
  }

  /** See {@linkcode ServerScraper.scrapeServer}. */
  async scrapeServer(
    name: string,
    { budgetSeconds }: { readonly budgetSeconds: number },
  ): Promise<readonly Family[]> {
    const entries = [this.#list.named(name) ?? []].flat();
    const watches = entries.map(({ watch }) => watch);
    await this.#collectDue(watches, budgetSeconds);
    const view = this.#viewAround(entries[0]?.config.cluster ?? "", PROBE_SHARED_SECONDS);
    const { families, rejected } = gatherFamilies(this.#measureServer(name, { view, watches }));
    this.#changes.rejected(rejected);
    return this.#label(families, entries);
  }

  /** Stops the loops and ends all sessions; politely unless the signal aborts first. */
  async close(signal: AbortSignal): Promise<void> {
    this.#stop.abort();
    const ended = this.#list.close(signal)
      .then(() => this.#loops.ended())
      .then(() => this.#options.stateFile?.write(this.#tracker.history));
    // A disk that does not respond must not delay the exit.
    await abortable(ended, signal).catch(() => {});
  }

  #collectDue(watches: readonly ServerWatch[], budgetSeconds: number): Promise<void> {
    const [{ clock }, { maxAgeSeconds }] = [this.#options, this.#config.collect];
    const deadlineSeconds = this.#deadlineSeconds;
    return collectDue(watches, { clock, maxAgeSeconds, budgetSeconds, deadlineSeconds });
  }

  get #tickSeconds(): number {
    const { collect, lag } = this.#config;
    return Math.min(collect.intervalSeconds, lag.sampleIntervalSeconds);
  }

  /** Ticks until the watch is closed. */
  #follow(watch: ServerWatch): void {
    const seconds = () => Math.min(this.#tickSeconds, watch.longestWaitSeconds);
    this.#loops.every(seconds, () => this.#polling.turn(watch), watch.closed);
  }

  #discover(): StandbyDiscovery<ServerWatch> {
    return new StandbyDiscovery({
      ...this.#options,
      list: this.#list,
      senders: () => this.#tracker.senders(this.#list.snapshots),
      wants: (cluster) => discoversIn(this.#config, cluster),
      ports: () => this.#config.discovery?.ports ?? [],
    });
  }

  #onConfigured(watch: ServerWatch, before: ServerSnapshot | null): void {
    const { server } = watch.snapshot;
    const cluster = before === null ? null : keyOfServer(before);
    if (cluster !== null) this.#moved.set(server, cluster);
    this.#changes.forget(server);
    this.#tracker.follow(server);
    this.#follow(watch);
  }

  /** Forgets what is remembered of a name when a server of another cluster responds under it. */
  #settleMoved(snapshot: ServerSnapshot): void {
    const { server, up } = snapshot;
    const before = this.#moved.get(server);
    const now = up ? keyOfServer(snapshot) : null;
    if (before === undefined || now === null) return;
    this.#moved.delete(server);
    if (now === before) return;
    this.#tracker.forget(server);
    this.#tracker.follow(server);
  }

  #forget(server: string): void {
    this.#moved.delete(server);
    this.#polling.forget(server);
    this.#tracker.forget(server);
    this.#changes.forget(server);
    this.#answer = null;
    this.#view = null;
  }

  #onSnapshot(snapshot: ServerSnapshot): void {
    this.#discovery?.end();
    // Discovery may have just removed it, because another server responds at its address.
    if (this.#list.named(snapshot.server)?.watch.snapshot !== snapshot) return;
    this.#settleMoved(snapshot);
    this.#changes.observe(snapshot);
    const events = this.#tracker.observe([snapshot], { mayWait: true });
    this.#changes.logEvents(events);
    this.#answer = null;
    // Events are visible to the next reader at once; numbers may be as old as the shared view.
    if (events.length > 0) this.#view = null;
    this.#prompt.follow(snapshot);
  }

  /** Whether a server was never collected: a view of its cluster would be wrong. */
  get #isAwaited(): boolean {
    return this.#list.watches.some(({ collectedAt }) => collectedAt === null);
  }

  #derive(part: readonly ServerSnapshot[] | null = null): View {
    this.#tracker.observeUnwatched(this.#discovery?.unwatched ?? null);
    const now = this.#options.clock.monotonic();
    const view = part === null
      ? this.#tracker.derive(this.#list.snapshots, now)
      : this.#tracker.derivePart(part, now);
    this.#changes.logEvents(this.#tracker.events.take());
    return view;
  }

  /** The view of the servers that have to do with those of a cluster name; if these are all, one of at most this age. */
  #viewAround(cluster: string, maxAgeSeconds: number): View {
    const names = this.#tracker.relatedTo(cluster);
    const part = names === null ? this.#list.snapshots : this.#list.snapshotsIn(names);
    if (part.length < this.#list.watches.length) return this.#derive(part);
    return this.view({ maxAgeSeconds }) ?? this.#derive();
  }

  #families(): readonly Family[] {
    const now = this.#options.clock.monotonic();
    if (this.#answer !== null && now - this.#answer.at <= SHARED_ANSWER_SECONDS) return this.#answer.families;
    const { families, rejected } = gatherFamilies(this.#measure(this.#derive(), now));
    this.#changes.rejected(rejected);
    const count = rejected.reduce((sum, { samples }) => sum + samples, 0);
    const all = [...families, ...gatherFamilies(measureRejected(count)).families];
    all.sort((a, b) => a.name < b.name ? -1 : 1);
    const labelled = this.#label(all, this.#list.entries);
    this.#answer = { at: now, families: labelled };
    return labelled;
  }

  *#measure(view: View, now: number): Generator<Measurement> {
    const { compat } = this.#config;
    yield* measureServers({ watches: this.#list.watches, view, collectors: this.#collectors, now, compat });
    yield* measureReload(this.#reload);
    yield* measureProcess(this.#options.build);
  }

  *#measureServer(
    name: string,
    { view, watches }: { readonly view: View; readonly watches: readonly ServerWatch[] },
  ): Generator<Measurement> {
    const scope = scopeOfServer(view, name);
    const measured = measureServers({
      watches,
      view: scope.view,
      collectors: this.#collectors,
      now: this.#options.clock.monotonic(),
      compat: this.#config.compat,
    });
    for (const measurement of measured) if (scope.includes(measurement.labels["instance"])) yield measurement;
  }

  #label(families: readonly Family[], entries: readonly WatchEntry<ServerWatch>[]): readonly Family[] {
    return withServerLabels(families, labelsByServer(entries, this.#config.clusters));
  }
}
