/**
 * Probes: targets that Prometheus names in the request, watched for as long as it probes them.
 *
 * @module
 */
import type { ServerConfig } from "../../config/config.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Family } from "../../metrics/family.ts";
import { abortable, startDeadline } from "../../domain/deadline.ts";
import { Loops } from "../loops.ts";
import { ProbeGroup, type ProbeService } from "./probe_group.ts";

/** What the pool needs. */
export interface ProbePoolOptions {
  /** Makes a service that watches servers. */
  readonly open: (servers: readonly ServerConfig[]) => ProbeService;
  /** Time. */
  readonly clock: Clock;
  /** A target that was not probed for this long is no longer watched, seconds. */
  readonly idleSeconds?: number;
  /** Most targets at a time, of all modules together. */
  readonly mostServers?: number;
}

/** How a target is probed. */
export interface ProbeWish {
  /** The module whose login is used. */
  readonly module: string;
  /** The longest it may take, seconds; what has not been read by then is left out. */
  readonly budgetSeconds: number;
}

/** The pool is full, and no target can be evicted: the probe gets 503. */
export class PoolFullError extends Error {
  /** Class name, for logs. */
  override readonly name = "PoolFullError";
}

const IDLE_SECONDS = 600;
const MOST_SERVERS = 1000;
/** Interval between two searches for idle targets, seconds. */
const SWEEP_SECONDS = 15;
/** A target that has been unreachable for this long may be evicted, seconds. */
const PATIENCE_SECONDS = 30;

/**
 * Probed targets. One service watches all targets of a module, so that a primary and its standbys, probed one by one, are
 * known together and their lag is right. A target probed with two modules has two sessions, each with its own history.
 *
 * When full, a new target evicts the least recently probed target that has been unreachable for at least 30 s; otherwise
 * the probe fails with {@linkcode PoolFullError}.
 */
export class ProbePool {
  readonly #options: ProbePoolOptions;
  /** By module; a group without targets has no service. */
  readonly #groups = new Map<string, ProbeGroup>();
  readonly #loops: Loops;
  readonly #stop = new AbortController();

  /** Watches nothing yet. */
  constructor(options: ProbePoolOptions) {
    this.#options = options;
    this.#loops = new Loops({ clock: options.clock });
    this.#loops.every(() => SWEEP_SECONDS, () => this.#sweep(), this.#stop.signal);
  }

  /** Number of targets; one probed with two modules counts twice. */
  get size(): number {
    return this.#groups.values().reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Probes a target, which is watched from then on.
   *
   * @param config The target; its name is its `instance`.
   * @param wish The module, and how long it may take.
   * @returns Its families; empty when its first collection has not ended.
   * @throws {PoolFullError} When the pool is full and no target can be evicted.
   */
  async scrape(config: ServerConfig, { module, budgetSeconds }: ProbeWish): Promise<readonly Family[]> {
    const { clock, mostServers = MOST_SERVERS } = this.#options;
    const group = this.#groupOf(module);
    if (!group.has(config.name) && this.size >= mostServers && !this.#evictUnreachable()) {
      throw new PoolFullError(
        `Already ${mostServers} targets are probed: spread them over several exporters`,
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

  /** Evicts the least recently probed target among those that have been unreachable for {@linkcode PATIENCE_SECONDS}. */
  #evictUnreachable(): boolean {
    const before = this.#options.clock.monotonic() - PATIENCE_SECONDS;
    const [oldest] = [...this.#groups.values()]
      .flatMap((group) => {
        const found = group.findUnreachable(before);
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
