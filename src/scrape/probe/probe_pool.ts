/**
 * Probes: servers that Prometheus asks for by name, watched for as long as it does.
 *
 * @module
 */
import type { ServerConfig } from "../../config/config.ts";
import { isSameValue } from "../../config/same_value.ts";
import { abortable } from "../../postgres/socket.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Family } from "../../metrics/family.ts";
import { startDeadline } from "../deadline.ts";
import { Loops } from "../loops.ts";
import type { ServerScraper } from "../scraper.ts";

/** What the pool needs of a service. */
export interface ProbeService extends ServerScraper {
  /** Starts watching. */
  start(): void;
  /** Watches other servers from now on; calls must not overlap. */
  watch(servers: readonly ServerConfig[]): Promise<void>;
  /** Ends its sessions. */
  close(signal: AbortSignal): Promise<void>;
}

/** What the pool is made of. */
export interface ProbePoolOptions {
  /** Makes a service that watches servers. */
  readonly open: (servers: readonly ServerConfig[]) => ProbeService;
  /** Time. */
  readonly clock: Clock;
  /** A server that was not asked for this long is given up, seconds. */
  readonly idleSeconds?: number;
  /** Most servers at a time. */
  readonly mostServers?: number;
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
const GOODBYE_MS = 1000;

/**
 * Servers that are probed: all watched by one service, so that a primary and its standbys, probed one by one, are known
 * together and the lag of each is true; each for as long as somebody asks for it.
 */
export class ProbePool {
  readonly #options: ProbePoolOptions;
  readonly #servers = new Map<string, { readonly config: ServerConfig; askedAt: number }>();
  readonly #loops: Loops;
  readonly #stop = new AbortController();
  #service: ProbeService | null = null;
  #change: Promise<void> = Promise.resolve();
  #isChangeDue = false;

  /** Watches nothing yet. */
  constructor(options: ProbePoolOptions) {
    this.#options = options;
    this.#loops = new Loops({ clock: options.clock });
    this.#loops.every(() => SWEEP_SECONDS, () => this.#sweep(), this.#stop.signal);
  }

  /** How many servers are watched. */
  get size(): number {
    return this.#servers.size;
  }

  /**
   * What is known of a server, which is watched from now on.
   *
   * @param config The server; its name is its `instance`.
   * @param options `budgetSeconds`: the longest it may take; what is not known by then is left out.
   * @returns Its families; empty when it has not been tried to its end yet.
   * @throws {PoolFullError} When too many servers are watched.
   */
  async scrape(
    config: ServerConfig,
    { budgetSeconds }: { readonly budgetSeconds: number },
  ): Promise<readonly Family[]> {
    const { clock, mostServers = MOST_SERVERS } = this.#options;
    using deadline = startDeadline(budgetSeconds, { clock, outer: this.#stop.signal });
    const known = this.#servers.get(config.name);
    if (known !== undefined && isSameValue(known.config, config)) known.askedAt = clock.monotonic();
    else {
      if (known === undefined && this.#servers.size >= mostServers) {
        throw new PoolFullError(
          `Already ${mostServers} servers are probed: spread them over several exporters`,
        );
      }
      this.#servers.set(config.name, { config, askedAt: clock.monotonic() });
      this.#scheduleChange();
    }
    const begun = clock.monotonic();
    await abortable(this.#change, deadline.signal).catch(() => {});
    const service = this.#service;
    if (service === null) return [];
    const left = Math.max(0.05, budgetSeconds - (clock.monotonic() - begun));
    return await service.scrapeServer(config.name, { budgetSeconds: left });
  }

  /** Ends all sessions; politely unless the signal aborts first. */
  async close(signal: AbortSignal): Promise<void> {
    this.#stop.abort();
    await abortable(this.#change.then(() => this.#service?.close(signal)), signal).catch(() => {});
    await abortable(this.#loops.ended(), signal).catch(() => {});
  }

  /** Servers that come while others are being added are added with the next change, all at once. */
  #scheduleChange(): void {
    if (this.#isChangeDue) return;
    this.#isChangeDue = true;
    this.#change = this.#change.then(() => this.#apply());
  }

  async #apply(): Promise<void> {
    this.#isChangeDue = false;
    const servers = [...this.#servers.values()].map(({ config }) => config);
    if (this.#stop.signal.aborted) return;
    if (servers.length === 0) {
      const service = this.#service;
      this.#service = null;
      await service?.close(AbortSignal.timeout(GOODBYE_MS));
    } else if (this.#service === null) {
      this.#service = this.#options.open(servers);
      this.#service.start();
    } else await this.#service.watch(servers);
  }

  #sweep(): Promise<void> {
    const { clock, idleSeconds = IDLE_SECONDS } = this.#options;
    const now = clock.monotonic();
    const idle = [...this.#servers].filter(([, { askedAt }]) => now - askedAt > idleSeconds);
    for (const [name] of idle) this.#servers.delete(name);
    if (idle.length > 0) this.#scheduleChange();
    return Promise.resolve();
  }
}
