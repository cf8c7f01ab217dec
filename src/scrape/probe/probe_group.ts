import type { ServerConfig } from "../../config/config.ts";
import { isSameValue } from "../../config/same_value.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Family } from "../../metrics/family.ts";
import { abortable } from "../../domain/deadline.ts";
import type { ServerScraper } from "../scraper.ts";

/** What a group needs of a service. */
export interface ProbeService extends ServerScraper {
  /** Starts watching. */
  start(): void;
  /** Watches other servers from now on; calls must not overlap. */
  watch(servers: readonly ServerConfig[]): Promise<void>;
  /** Ends its sessions. */
  close(signal: AbortSignal): Promise<void>;
}

/** What a group is made of. */
export interface ProbeGroupOptions {
  /** Makes a service that watches servers. */
  readonly open: (servers: readonly ServerConfig[]) => ProbeService;
  /** Time. */
  readonly clock: Clock;
  /** Ends it: nothing is changed afterwards. */
  readonly signal: AbortSignal;
}

/** A server that is probed. */
interface Probed {
  readonly config: ServerConfig;
  /** When it came: our monotonic seconds. */
  readonly since: number;
  /** When it was asked for last: our monotonic seconds. */
  askedAt: number;
}

const GOODBYE_MS = 1000;

/** Servers that are probed with one login, all watched by one service, which is there while they are. */
export class ProbeGroup {
  readonly #options: ProbeGroupOptions;
  readonly #servers = new Map<string, Probed>();
  #service: ProbeService | null = null;
  #change: Promise<void> = Promise.resolve();
  #isChangeDue = false;

  /** Watches nothing yet. */
  constructor(options: ProbeGroupOptions) {
    this.#options = options;
  }

  /** How many servers it watches. */
  get size(): number {
    return this.#servers.size;
  }

  /** Whether it watches a server. */
  has(name: string): boolean {
    return this.#servers.has(name);
  }

  /**
   * What is known of a server, which is watched from now on.
   *
   * @param config The server.
   * @param options `budgetSeconds`: the longest it may take; `signal` ends the waiting for the service at that time.
   */
  async scrape(
    config: ServerConfig,
    { budgetSeconds, signal }: { readonly budgetSeconds: number; readonly signal: AbortSignal },
  ): Promise<readonly Family[]> {
    const { clock } = this.#options;
    const begun = clock.monotonic();
    const known = this.#servers.get(config.name);
    if (known !== undefined && isSameValue(known.config, config)) known.askedAt = begun;
    else {
      this.#servers.set(config.name, { config, since: begun, askedAt: begun });
      this.#scheduleChange();
    }
    await abortable(this.#change, signal).catch(() => {});
    const service = this.#service;
    if (service === null) return [];
    const left = Math.max(0.05, budgetSeconds - (clock.monotonic() - begun));
    return await service.scrapeServer(config.name, { budgetSeconds: left });
  }

  /**
   * Gives up the servers that nobody has asked for.
   *
   * @param before Since when: our monotonic seconds.
   */
  forgetIdle(before: number): void {
    const idle = [...this.#servers].filter(([, { askedAt }]) => askedAt < before);
    for (const [name] of idle) this.#servers.delete(name);
    if (idle.length > 0) this.#scheduleChange();
  }

  /**
   * The server that is not reached and was asked for the longest time ago.
   *
   * @param before It must have come before then: our monotonic seconds.
   * @returns null when there is none.
   */
  findUnreached(before: number): { readonly name: string; readonly askedAt: number } | null {
    const servers = this.#service?.view({ maxAgeSeconds: 1 })?.servers ?? [];
    const reached = new Set(servers.flatMap(({ server, up }) => up ? [server] : []));
    let found: { readonly name: string; readonly askedAt: number } | null = null;
    for (const [name, { since, askedAt }] of this.#servers) {
      if (since >= before || reached.has(name)) continue;
      if (found === null || askedAt < found.askedAt) found = { name, askedAt };
    }
    return found;
  }

  /** Gives up a server. */
  forget(name: string): void {
    if (this.#servers.delete(name)) this.#scheduleChange();
  }

  /** Ends all sessions; politely unless the signal aborts first. */
  async close(signal: AbortSignal): Promise<void> {
    await abortable(this.#change.then(() => this.#service?.close(signal)), signal).catch(() => {});
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
    if (this.#options.signal.aborted) return;
    if (servers.length === 0) {
      const service = this.#service;
      this.#service = null;
      await service?.close(AbortSignal.timeout(GOODBYE_MS));
    } else if (this.#service === null) {
      this.#service = this.#options.open(servers);
      this.#service.start();
    } else await this.#service.watch(servers);
  }
}
