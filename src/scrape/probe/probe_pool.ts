/**
 * Probes: servers that Prometheus asks for by name, watched for as long as it does.
 *
 * @module
 */
import type { ServerConfig } from "../../config/config.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Family } from "../../metrics/family.ts";
import { abortable, startDeadline } from "../../domain/deadline.ts";
import { Loops } from "../loops.ts";
import { ProbeGroup, type ProbeService } from "./probe_group.ts";

/** What the pool is made of. */
export interface ProbePoolOptions {
  /** Makes a service that watches servers. */
  readonly open: (servers: readonly ServerConfig[]) => ProbeService;
  /** Time. */
  readonly clock: Clock;
  /** A server that was not asked for this long is given up, seconds. */
  readonly idleSeconds?: number;
  /** Most servers at a time, of all modules together. */
  readonly mostServers?: number;
}

/** How a server is to be probed. */
export interface ProbeWish {
  /** The module whose login is used. */
  readonly module: string;
  /** The longest it may take, seconds; what is not known by then is left out. */
  readonly budgetSeconds: number;
}

/** More servers are asked for than the pool may hold. */
export class PoolFullError extends Error {
  /** Class name, for logs. */
  override readonly name = "PoolFullError";
}

const IDLE_SECONDS = 600;
const MOST_SERVERS = 1000;
/** How often idle servers are looked for, seconds. */
const SWEEP_SECONDS = 15;
/** A server that is not reached for this long makes room for another when there is none, seconds. */
const PATIENCE_SECONDS = 30;

/**
 * Servers that are probed: those of one module are watched by one service, so that a primary and its standbys, probed one
 * by one, are known together and the lag of each is true; each for as long as somebody asks for it. A server that is asked
 * for with two modules has two sessions, each with a history of its own.
 */
export class ProbePool {
  readonly #options: ProbePoolOptions;
  /** By module; one without servers has no service. */
  readonly #groups = new Map<string, ProbeGroup>();
  readonly #loops: Loops;
  readonly #stop = new AbortController();

  /** Watches nothing yet. */
  constructor(options: ProbePoolOptions) {
    this.#options = options;
    this.#loops = new Loops({ clock: options.clock });
    this.#loops.every(() => SWEEP_SECONDS, () => this.#sweep(), this.#stop.signal);
  }

  /** How many servers are watched; one that is with two modules counts twice. */
  get size(): number {
    return this.#groups.values().reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * What is known of a server, which is watched from now on.
   *
   * @param config The server; its name is its `instance`.
   * @param wish With which module, and how long it may take.
   * @returns Its families; empty when it has not been tried to its end yet.
   * @throws {PoolFullError} When too many servers are watched.
   */
  async scrape(config: ServerConfig, { module, budgetSeconds }: ProbeWish): Promise<readonly Family[]> {
    const { clock, mostServers = MOST_SERVERS } = this.#options;
    const group = this.#groupOf(module);
    if (!group.has(config.name) && this.size >= mostServers && !this.#makeRoom()) {
      throw new PoolFullError(
        `Already ${mostServers} servers are probed: spread them over several exporters`,
      );
    }
    using deadline = startDeadline(budgetSeconds, { clock, outer: this.#stop.signal });
    return await group.scrape(config, { budgetSeconds, signal: deadline.signal });
  }

  /** Ends all sessions; politely unless the signal aborts first. */
  async close(signal: AbortSignal): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#groups.values().map((group) => group.close(signal)));
    await abortable(this.#loops.ended(), signal).catch(() => {});
  }

  #groupOf(module: string): ProbeGroup {
    const known = this.#groups.get(module);
    if (known !== undefined) return known;
    const { open, clock } = this.#options;
    const group = new ProbeGroup({ open, clock, signal: this.#stop.signal });
    this.#groups.set(module, group);
    return group;
  }

  /** Who asks for many names that lead nowhere cannot keep out the servers that are there. */
  #makeRoom(): boolean {
    const before = this.#options.clock.monotonic() - PATIENCE_SECONDS;
    const [oldest] = [...this.#groups.values()]
      .flatMap((group) => {
        const found = group.findUnreached(before);
        return found === null ? [] : [{ ...found, group }];
      })
      .toSorted((a, b) => a.askedAt - b.askedAt);
    oldest?.group.forget(oldest.name);
    return oldest !== undefined;
  }

  #sweep(): Promise<void> {
    const { clock, idleSeconds = IDLE_SECONDS } = this.#options;
    const before = clock.monotonic() - idleSeconds;
    for (const group of this.#groups.values()) group.forgetIdle(before);
    return Promise.resolve();
  }
}
