/**
 * Watches all servers: collects in the background, samples positions for the lag clock, answers scrapes.
 *
 * Servers are collected independently of each other. A scrape waits for the servers that were well a moment ago and
 * never for one that is in trouble: that one is retried in the background and published as down meanwhile.
 *
 * @module
 */
import { ClusterTracker } from "../cluster/tracker.ts";
import { measureCluster } from "../cluster/families.ts";
import type { Collector } from "../collectors/collector.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import type { Logger } from "../domain/log.ts";
import type { ServerSnapshot, View } from "../domain/view.ts";
import { abortable } from "../postgres/socket.ts";
import type { Family, Measurement } from "../metrics/family.ts";
import { gatherFamilies } from "../metrics/gather.ts";
import { ChangeLog } from "./change_log.ts";
import { startDeadline } from "./deadline.ts";
import type { Scraper } from "./scraper.ts";
import {
  type BuildInfo,
  measureProcess,
  measureRejected,
  measureWatch,
  serverLabels,
} from "./self_metrics.ts";
import { STATE_WRITE_SECONDS, type StateFile } from "./state_file.ts";
import { ServerWatch } from "./server_watch.ts";
import { StandbyDiscovery } from "./standby_discovery.ts";
import { WatchList } from "./watch_list.ts";

/** A collection ends this long after its deadline at the latest, seconds. */
const DEADLINE_MARGIN_SECONDS = 0.25;

/** Scrapes this close together share one answer, and readers of the view one view, seconds. */
const SHARED_ANSWER_SECONDS = 0.1;

/** A server whose positions could not be sampled for this long is collected at once, seconds. */
const SILENCE_SECONDS = 3;

/** What the service needs. */
export interface ServiceOptions {
  /** The configuration. */
  readonly config: Config;
  /** Every collector there is; the configuration says which run. */
  readonly collectors: readonly Collector[];
  /** Time. */
  readonly clock: Clock;
  /** A number in [0, 1), for jitter. */
  readonly random: () => number;
  /** Where changes of state are told. */
  readonly logger: Logger;
  /** What this program is. */
  readonly build: BuildInfo;
  /** Reads certificate files. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Where the lag clock's history outlives this process; absent when it does not. */
  readonly stateFile?: StateFile;
}

interface Answer {
  readonly at: number;
  readonly families: readonly Family[];
}

/** Watches all configured servers, and the standbys that are discovered. */
export class CollectionService implements Scraper {
  readonly #options: ServiceOptions;
  readonly #list: WatchList<ServerWatch>;
  readonly #discovery: StandbyDiscovery<ServerWatch> | null;
  readonly #tracker: ClusterTracker;
  readonly #changes: ChangeLog;
  readonly #collectors: readonly Collector[];
  readonly #stop = new AbortController();
  readonly #loops = new Set<Promise<void>>();
  #answer: Answer | null = null;
  #view: View | null = null;

  /** Does nothing until {@linkcode CollectionService.start}. */
  constructor(options: ServiceOptions) {
    this.#options = options;
    const { config, clock, logger, random, readTextFile } = options;
    this.#collectors = options.collectors.filter(({ name }) =>
      name === "server" || config.collectors.has(name)
    );
    this.#changes = new ChangeLog({ logger, clock });
    this.#tracker = new ClusterTracker({
      clock,
      expectedStandbys: config.expectedStandbys,
      admittedAreExpected: config.discovery?.areExpected ?? false,
      health: config.health,
      ...config.report === undefined ? {} : { report: config.report },
      servers: config.servers.map(({ name }) => name),
    });
    this.#list = new WatchList({
      servers: config.servers,
      clock,
      open: (server, onSnapshot) =>
        new ServerWatch({
          server,
          collectors: this.#collectors,
          deadlineSeconds: config.collect.deadlineSeconds,
          clock,
          random,
          readTextFile,
          onSnapshot,
        }),
      onSnapshot: (snapshot) => this.#onSnapshot(snapshot),
      onAdded: (watch) => {
        this.#tracker.admit(watch.snapshot.server);
        this.#follow(watch);
      },
      onRemoved: (server) => this.#forget(server),
    });
    const senders = () => this.#tracker.senders(this.#list.snapshots);
    this.#discovery = config.discovery
      ? new StandbyDiscovery({ list: this.#list, senders, clock, logger })
      : null;
  }

  /** Starts watching: every server has a loop of its own, so that none waits for another. */
  start(): void {
    for (const watch of this.#list.watches) this.#follow(watch);
    const { stateFile } = this.#options;
    const { signal } = this.#stop;
    // Since when a finding holds is counted from here, whether or not anybody asks.
    this.#every(
      this.#tickSeconds,
      () => Promise.resolve(this.view({ maxAgeSeconds: 0 })).then(() => {}),
      signal,
    );
    if (stateFile !== undefined) {
      this.#every(STATE_WRITE_SECONDS, () => stateFile.write(this.#tracker.history), signal);
    }
    const discovery = this.#discovery;
    if (discovery !== null) this.#every(this.#tickSeconds, () => discovery.step(), signal);
  }

  /** Takes up the history of the run before, when there is a state file: ahead of `start`. */
  async restore(): Promise<void> {
    const { stateFile } = this.#options;
    if (stateFile !== undefined) this.#tracker.restore(await stateFile.read());
  }

  /** See {@linkcode Scraper.view}. */
  view({ maxAgeSeconds = SHARED_ANSWER_SECONDS }: { readonly maxAgeSeconds?: number } = {}): View | null {
    const now = this.#options.clock.monotonic();
    if (this.#view !== null && now - this.#view.at <= maxAgeSeconds) return this.#view;
    if (this.#list.watches.some((watch) => watch.collectedAt === null)) return null;
    this.#view = this.#derive();
    return this.#view;
  }

  /** See {@linkcode Scraper.scrape}. */
  async scrape(options: { readonly budgetSeconds?: number } = {}): Promise<readonly Family[]> {
    const now = this.#options.clock.monotonic();
    const due = this.#list.watches.filter((watch) => this.#isDue(watch, now));
    if (due.length > 0) await this.#collectFor(due, options.budgetSeconds ?? Infinity);
    return this.#families();
  }

  /** Stops the loops and ends all sessions; politely unless the signal aborts first. */
  async close(signal: AbortSignal): Promise<void> {
    this.#stop.abort();
    const ended = this.#list.close(signal)
      .then(() => Promise.all(this.#loops))
      .then(() => this.#options.stateFile?.write(this.#tracker.history));
    // A disk that does not answer must not hold up the end.
    await abortable(ended, signal).catch(() => {});
  }

  #isDue(watch: ServerWatch, now: number): boolean {
    if (watch.collectedAt === null) return true;
    return watch.snapshot.up && now - watch.collectedAt > this.#options.config.collect.maxAgeSeconds;
  }

  async #collectFor(watches: readonly ServerWatch[], budgetSeconds: number): Promise<void> {
    const { clock, config } = this.#options;
    const collected = Promise.all(watches.map((watch) => watch.collect()));
    // Every collection keeps its own deadline; this one holds should something in it not.
    const longest = config.collect.deadlineSeconds + DEADLINE_MARGIN_SECONDS;
    using deadline = startDeadline(Math.min(budgetSeconds, longest), { clock });
    const spent = new Promise<void>((resolve) => {
      deadline.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([collected, spent]);
  }

  /** Collects when it is time or when the session was lost and may be tried again; else samples the position. */
  async #tick(watch: ServerWatch): Promise<void> {
    const { clock } = this.#options;
    const age = watch.collectedAt === null ? Infinity : clock.monotonic() - watch.collectedAt;
    if (age >= this.#options.config.collect.intervalSeconds || (!watch.connected && watch.mayTry)) {
      return await watch.collect();
    }
    const sample = await watch.samplePosition();
    const fact = watch.snapshot.facts.server?.[0];
    const { heardAt } = watch.snapshot;
    if (sample === null && heardAt !== undefined && clock.monotonic() - heardAt > SILENCE_SECONDS) {
      return await watch.collect();
    }
    if (sample === null || fact === undefined) return;
    // Promoted, or back as a standby: everything is read anew, so that a failover is known within one interval.
    if (sample.inRecovery !== fact.inRecovery) return await watch.collect();
    const { server } = watch.snapshot;
    const { systemIdentifier, timeline } = fact;
    if (sample.inRecovery) this.#tracker.sampleStandby(server, sample);
    else if (systemIdentifier !== null && timeline !== null) {
      this.#tracker.sample(server, { systemIdentifier, timeline, ...sample });
    }
  }

  get #tickSeconds(): number {
    const { collect, lag } = this.#options.config;
    return Math.min(collect.intervalSeconds, lag.sampleIntervalSeconds);
  }

  /** Ticks until the watch is closed. */
  #follow(watch: ServerWatch): void {
    this.#every(this.#tickSeconds, () => this.#tick(watch), watch.closed);
  }

  #forget(server: string): void {
    this.#tracker.forget(server);
    this.#changes.forget(server);
    this.#answer = null;
    this.#view = null;
  }

  #onSnapshot(snapshot: ServerSnapshot): void {
    this.#discovery?.end();
    // What another server says that answers at the address of a discovered one is none of its words.
    if (!this.#list.snapshots.includes(snapshot)) return;
    this.#changes.observe(snapshot);
    const events = this.#tracker.observe([snapshot]);
    this.#changes.tell(events);
    this.#answer = null;
    // What happened is seen by the next reader; the numbers may be those of a moment ago.
    if (events.length > 0) this.#view = null;
  }

  #derive(): View {
    return this.#tracker.derive(this.#list.snapshots, this.#options.clock.monotonic());
  }

  #families(): readonly Family[] {
    const now = this.#options.clock.monotonic();
    if (this.#answer !== null && now - this.#answer.at <= SHARED_ANSWER_SECONDS) return this.#answer.families;
    const { families, rejected } = gatherFamilies(this.#measure(this.#derive(), now));
    this.#changes.rejected(rejected);
    const count = rejected.reduce((sum, { samples }) => sum + samples, 0);
    const all = [...families, ...gatherFamilies(measureRejected(count)).families];
    all.sort((a, b) => a.name < b.name ? -1 : 1);
    this.#answer = { at: now, families: all };
    return all;
  }

  *#measure(view: View, now: number): Generator<Measurement> {
    for (const watch of this.#list.watches) {
      const { snapshot } = watch;
      yield* measureWatch({ snapshot, connects: watch.connects, errors: watch.errors }, now);
      // Facts of a server that is down are no longer true; what can be said of it, the cluster's families say.
      if (snapshot.up) yield* this.#measureFacts(snapshot);
    }
    yield* measureCluster(view);
    yield* measureProcess(this.#options.build);
  }

  *#measureFacts(snapshot: ServerSnapshot): Generator<Measurement> {
    for (const collector of this.#collectors) {
      const facts = snapshot.facts[collector.name];
      if (facts !== undefined) yield* collector.measure(facts, serverLabels(snapshot));
    }
  }

  /** Runs a task at once and then at every interval; a task that takes longer delays its own next turn only. */
  #every(seconds: number, task: () => Promise<void>, signal: AbortSignal): void {
    const loop = this.#repeat(seconds, task, signal).finally(() => this.#loops.delete(loop));
    this.#loops.add(loop);
  }

  async #repeat(seconds: number, task: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let next = clock.monotonic();
    while (!signal.aborted) {
      await task();
      next = Math.max(next + seconds, clock.monotonic());
      await clock.sleep(next - clock.monotonic(), signal).catch(() => {});
    }
  }
}
