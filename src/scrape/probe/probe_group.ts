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
  /** Changes the servers that are watched; calls must not overlap. */
  watch(servers: readonly ServerConfig[]): Promise<void>;
  /** Ends its sessions. */
  close(signal: AbortSignal): Promise<void>;
}

/** What a group needs. */
export interface ProbeGroupOptions {
  /** Makes a service that watches servers. */
  readonly open: (servers: readonly ServerConfig[]) => ProbeService;
  /** Time. */
  readonly clock: Clock;
  /** Ends the group: nothing changes afterwards. */
  readonly signal: AbortSignal;
}

/** A probed server. */
interface Probed {
  readonly config: ServerConfig;
  /** When it was first probed: our monotonic seconds. */
  readonly since: number;
  /** When it was last probed: our monotonic seconds. */
  askedAt: number;
}

const GOODBYE_MS = 1000;

/** Servers probed with one login. One service watches them all; it exists while there are any. */
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
   * Probes a server, which is watched from then on. A probe that names no cluster, such as one by hand, leaves the server in
   * the cluster that others named: in another one its history would begin again.
   *
   * @param asked The server.
   * @param options `budgetSeconds`: the longest it may take; `signal` aborts the wait for the service at that time.
   */
  async scrape(
    asked: ServerConfig,
    { budgetSeconds, signal }: { readonly budgetSeconds: number; readonly signal: AbortSignal },
  ): Promise<readonly Family[]> {
    const { clock } = this.#options;
    const begun = clock.monotonic();
    const known = this.#servers.get(asked.name);
    const config = asked.cluster === "" && known !== undefined
      ? { ...asked, cluster: known.config.cluster }
      : asked;
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
   * Stops watching the servers that were not probed recently.
   *
   * @param before Last probed before this moment: our monotonic seconds.
   */
  forgetIdle(before: number): void {
    const idle = [...this.#servers].filter(([, { askedAt }]) => askedAt < before);
    for (const [name] of idle) this.#servers.delete(name);
    if (idle.length > 0) this.#scheduleChange();
  }

  /**
   * The least recently probed server that has been unreachable for some time.
   *
   * @param before Since before this moment: our monotonic seconds.
   * @returns null when there is none.
   */
  findUnreachable(before: number): { readonly name: string; readonly askedAt: number } | null {
    const servers = this.#service?.view({ maxAgeSeconds: 1 })?.servers ?? [];
    const responding = new Set(
      servers.flatMap(({ server, up, heardAt = -Infinity }) => up || heardAt >= before ? [server] : []),
    );
    let found: { readonly name: string; readonly askedAt: number } | null = null;
    for (const [name, { since, askedAt }] of this.#servers) {
      if (since >= before || responding.has(name)) continue;
      if (found === null || askedAt < found.askedAt) found = { name, askedAt };
    }
    return found;
  }

  /** Stops watching a server. */
  forget(name: string): void {
    if (this.#servers.delete(name)) this.#scheduleChange();
  }

  /** Ends all sessions; politely unless the signal aborts first. */
  async close(signal: AbortSignal): Promise<void> {
    await abortable(this.#change.then(() => this.#service?.close(signal)), signal).catch(() => {});
  }

  /** Servers that arrive during a change are added together with the next one. */
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
