/**
 * The servers that are watched: configured and discovered ones.
 *
 * @module
 */
import type { ServerConfig } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import type { ServerSnapshot } from "../domain/view.ts";
import { startDeadline } from "../domain/deadline.ts";
import { targetAt } from "./discovery_places.ts";

/** Time for a session to close politely, seconds. */
const GOODBYE_SECONDS = 1;

/** What a list needs of a watch. */
export interface Watch {
  /** The latest snapshot. */
  readonly snapshot: ServerSnapshot;
  /** Collects everything once; never rejects. */
  collect(): Promise<void>;
  /** Ends it; politely unless the signal aborts first. */
  close(signal: AbortSignal): Promise<void>;
}

/** A watch on the list. */
export interface WatchEntry<W extends Watch> {
  /** The server it watches. */
  readonly config: ServerConfig;
  /** Whether the server was discovered rather than configured. */
  readonly isDiscovered: boolean;
  /** The watch. */
  readonly watch: W;
}

/** What a list needs. */
export interface WatchListOptions<W extends Watch> {
  /** The configured servers. */
  readonly servers: readonly ServerConfig[];
  /** Time. */
  readonly clock: Clock;
  /** Makes a watch, which does not connect before its first collection. */
  readonly open: (server: ServerConfig, onSnapshot: (snapshot: ServerSnapshot) => void) => W;
  /** Called with every new snapshot of a watch on the list. */
  readonly onSnapshot: (snapshot: ServerSnapshot) => void;
  /** Called when a discovered server joins the list, before its first snapshot. */
  readonly onAdded: (watch: W) => void;
  /** Called when a server has left the list. */
  readonly onRemoved: (server: string) => void;
  /**
   * Called when a configured server joins the list after a reload, or has a new watch because its configuration changed;
   * before its first snapshot. `before` is the last snapshot of the watch it replaces; null when there was none.
   */
  readonly onConfigured?: (watch: W, before: ServerSnapshot | null) => void;
}

/** A change of the configured servers. */
export interface Reordering<W extends Watch> {
  /** The configured servers. */
  readonly servers: readonly ServerConfig[];
  /** Watches of those that are new or changed, by name; each has collected once. */
  readonly opened: ReadonlyMap<string, W>;
  /** Whether a discovered server stays. */
  readonly keeps: (entry: WatchEntry<W>) => boolean;
}

/** Watches, the configured ones first. */
export class WatchList<W extends Watch> {
  readonly #options: WatchListOptions<W>;
  readonly #opened = new Set<W>();
  readonly #ending = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #entries: readonly WatchEntry<W>[] = [];
  #watches: readonly W[] = [];
  #byName: ReadonlyMap<string, WatchEntry<W>> = new Map();
  #byCluster: ReadonlyMap<string, readonly W[]> = new Map();

  /** Makes a watch of every configured server. */
  constructor(options: WatchListOptions<W>) {
    this.#options = options;
    this.#set(options.servers.map((config) => ({ config, isDiscovered: false, watch: this.open(config) })));
  }

  /** What is on the list, in order. */
  get entries(): readonly WatchEntry<W>[] {
    return this.#entries;
  }

  /** How to open another session with each server: with several hosts, with the one where it was last connected. */
  get connectedConfigs(): readonly ServerConfig[] {
    return this.#entries.map(({ config, watch: { snapshot: { address } } }) =>
      address === undefined ? config : { ...config, target: targetAt(config.target, address) }
    );
  }

  /** The watches on the list, in order. */
  get watches(): readonly W[] {
    return this.#watches;
  }

  /** The entry of that name; undefined when it is not on the list. */
  named(server: string): WatchEntry<W> | undefined {
    return this.#byName.get(server);
  }

  /** The watches of servers with a cluster name, in order. */
  inCluster(cluster: string): readonly W[] {
    return this.#byCluster.get(cluster) ?? [];
  }

  /** The latest snapshot of every server on the list, in order. */
  get snapshots(): readonly ServerSnapshot[] {
    return this.#watches.map(({ snapshot }) => snapshot);
  }

  /** The same of those with one of some cluster names. */
  snapshotsIn(clusters: ReadonlySet<string>): readonly ServerSnapshot[] {
    const [name = "", ...others] = clusters;
    const watches = others.length === 0
      ? this.inCluster(name)
      : this.#watches.filter(({ snapshot }) => clusters.has(snapshot.cluster));
    return watches.map(({ snapshot }) => snapshot);
  }

  /** Whether the list is closed: nothing is added any more. */
  get isClosed(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Makes a watch that is not on the list: its snapshots are not published until it is added. */
  open(server: ServerConfig): W {
    const watch = this.#options.open(server, (snapshot) => {
      if (this.named(server.name)?.watch === watch) this.#options.onSnapshot(snapshot);
    });
    this.#opened.add(watch);
    return watch;
  }

  /**
   * Adds a discovered server; it replaces one of the same name.
   *
   * @param config The server.
   * @param watch Its watch, which has collected once.
   */
  add(config: ServerConfig, watch: W): void {
    const added = { config, isDiscovered: true, watch };
    const before = this.named(config.name);
    this.#set(
      before === undefined
        ? [...this.#entries, added]
        : this.#entries.map((entry) => entry === before ? added : entry),
    );
    if (before !== undefined) this.discard(before.watch);
    this.#options.onAdded(watch);
    this.#options.onSnapshot(watch.snapshot);
  }

  /**
   * Changes the configured servers, all at once: those without a new watch keep theirs, those that are gone end without
   * waiting. A configured server replaces a discovered one of its name.
   *
   * @param change The configured servers.
   */
  configure({ servers, opened, keeps }: Reordering<W>): void {
    const before = this.#byName;
    const names = new Set(servers.map(({ name }) => name));
    const configured = servers.flatMap((config): WatchEntry<W>[] => {
      const watch = opened.get(config.name) ?? before.get(config.name)?.watch;
      return watch === undefined ? [] : [{ config, isDiscovered: false, watch }];
    });
    const discovered = this.#entries.filter((entry) =>
      entry.isDiscovered && !names.has(entry.config.name) && keeps(entry)
    );
    this.#set([...configured, ...discovered]);
    const watches = new Set(this.watches);
    for (const [name, { watch }] of before) {
      if (watches.has(watch)) continue;
      this.discard(watch);
      if (!names.has(name)) this.#options.onRemoved(name);
    }
    for (const { config, watch } of configured) {
      if (opened.get(config.name) !== watch) continue;
      this.#options.onConfigured?.(watch, before.get(config.name)?.watch.snapshot ?? null);
      this.#options.onSnapshot(watch.snapshot);
    }
  }

  /**
   * Removes a discovered server and ends its watch without waiting, because the watch itself may have caused this.
   *
   * @param server Its name.
   */
  remove(server: string): void {
    const entry = this.named(server);
    if (!entry?.isDiscovered) return;
    this.#set(this.#entries.filter((each) => each !== entry));
    this.discard(entry.watch);
    this.#options.onRemoved(server);
  }

  /** Ends a watch that is not on the list, without waiting. */
  discard(watch: W): void {
    const ending = this.#end(watch).finally(() => {
      this.#opened.delete(watch);
      this.#ending.delete(ending);
    });
    this.#ending.add(ending);
  }

  /** Ends every watch, listed or not; politely unless the signal aborts first. */
  async close(signal: AbortSignal): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#opened].map((watch) => watch.close(signal)));
    await Promise.all(this.#ending);
  }

  #set(entries: readonly WatchEntry<W>[]): void {
    this.#entries = entries;
    this.#watches = entries.map(({ watch }) => watch);
    this.#byName = new Map(entries.map((entry) => [entry.config.name, entry]));
    const byCluster = Map.groupBy(entries, ({ config }) => config.cluster);
    this.#byCluster = new Map(
      byCluster.entries().map(([name, its]) => [name, its.map(({ watch }) => watch)]),
    );
  }

  async #end(watch: W): Promise<void> {
    using deadline = startDeadline(GOODBYE_SECONDS, {
      clock: this.#options.clock,
      outer: this.#stop.signal,
    });
    await watch.close(deadline.signal);
  }
}
