/**
 * Discovers servers that nobody configured, and watches them for as long as they belong to a watched cluster.
 *
 * @module
 */
import { isSamePostmaster } from "../cluster/topology/aliases.ts";
import { serverFact } from "../cluster/topology/identity.ts";
import { isLocal } from "../cluster/topology/receiver_facts.ts";
import type { ServerConfig } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import type { ServerFact } from "../domain/facts.ts";
import type { Logger } from "../domain/log.ts";
import type { ServerSnapshot, UnwatchedServer } from "../domain/view.ts";
import { type CandidateVerdict, judgeCandidate, reasonToEnd } from "./discovery.ts";
import {
  addressKeyOf,
  type Candidate,
  type JoinedClusters,
  type Place,
  placesOf,
  targetAt,
  type WatchedServer,
} from "./discovery_places.ts";
import type { Watch, WatchEntry, WatchList } from "./watch_list.ts";

/** Discovered servers at most. */
export const MOST_DISCOVERED = 50;
/** Rounds of one step at most: a server that was found may show further ones. */
const MOST_ROUNDS = 10;
/** Hosts tried at once at most. */
const MOST_AT_ONCE = 8;
/** Retry interval after a first refusal, seconds; doubles with each further one. */
const FIRST_RETRY_SECONDS = 60;
/** Longest retry interval of an address, seconds; that of an upstream stays the first: something is there. */
const LONGEST_RETRY_SECONDS = 3600;
/** Retry interval while a server is starting up, seconds. */
const STARTING_WAIT_SECONDS = 5;

/** Addresses remembered at most: in a container a standby has another one after every restart. */
const MOST_REMEMBERED = 1000;

/** What discovery needs. */
export interface StandbyDiscoveryOptions<W extends Watch> {
  /** The servers that are watched. */
  readonly list: WatchList<W>;
  /** Whether standbys of a cluster are discovered, by its name; all when absent. */
  readonly wants?: (cluster: string) => boolean;
  /** Further ports on which servers may listen; none when absent. */
  readonly ports?: () => readonly number[];
  /** Keeps names over a restart; absent when nothing does. */
  readonly stateFile?: { readonly names: Map<string, string> };
  /** Sender rows of the watched servers, joined to them. */
  readonly senders: () => JoinedClusters;
  /** Time. */
  readonly clock: Clock;
  /** Log of what was discovered, and once of what cannot be watched. */
  readonly logger: Logger;
}

/** Why an address was not watched. */
type Refused = Exclude<CandidateVerdict, { kind: "watch" }>;

/** A server that was collected once. */
interface Asked<W extends Watch> {
  readonly config: ServerConfig;
  readonly watch: W;
}

interface Refusal {
  readonly tries: number;
  readonly retryAt: number;
  readonly verdict: Refused;
  readonly isStarting: boolean;
  /** Whether nothing responded. */
  readonly isSilent: boolean;
}

/** Keeps the discovered servers of a list of watches. */
export class StandbyDiscovery<W extends Watch> {
  readonly #options: StandbyDiscoveryOptions<W>;
  /** System identifier of the cluster that each discovered server was found in, by name. */
  readonly #identifiers = new Map<string, string>();
  /** What each of them last said of itself, by name. */
  readonly #lastFacts = new Map<string, ServerFact>();
  readonly #refusals = new Map<string, Refusal>();
  /** Places of which it was logged that nothing there can be watched. */
  readonly #logged = new Set<string>();
  #isFullLogged = false;
  #unwatched: readonly UnwatchedServer[] = [];
  #hasLooked = false;

  /** Has found nothing yet. */
  constructor(options: StandbyDiscoveryOptions<W>) {
    this.#options = options;
  }

  /** The servers that could not be watched at the latest step. */
  get unwatched(): readonly UnwatchedServer[] {
    return this.#unwatched;
  }

  /** Whether a step has ended that began when every server on the list had been tried. */
  get hasLooked(): boolean {
    return this.#hasLooked;
  }

  /** Ends the watches that are no longer wanted, and tries where servers may listen that are not watched. */
  async step(): Promise<void> {
    this.end();
    const { entries } = this.#options.list;
    const areAllTried = entries.every(({ watch: { snapshot } }) => snapshot.up || snapshot.trouble !== null);
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const found = await Promise.all(this.#placesToTry().map((place) => this.#tryPlace(place)));
      if (!found.some((isFound) => isFound)) break;
    }
    const places = this.#places();
    this.#forgetRefusals(places);
    this.#unwatched = places.flatMap((place) => this.#unwatchedAt(place) ?? []);
    forgetOldest(this.#logged, new Set(places.map(({ key }) => key)));
    this.#hasLooked ||= areAllTried;
  }

  /** Ends the watches that are no longer wanted. */
  end(): void {
    if (this.#identifiers.size === 0) return;
    const { list, clock, logger } = this.#options;
    const clusters = this.#options.senders();
    for (const entry of list.entries) {
      const { name } = entry.config;
      const systemIdentifier = this.#identifiers.get(name);
      if (!entry.isDiscovered || systemIdentifier === undefined) continue;
      const reason = reasonToEnd({ ...watchedOf(entry), systemIdentifier }, {
        clusters,
        watched: this.#watched(),
        now: clock.monotonic(),
      });
      const fact = entry.watch.snapshot.up ? serverFact(entry.watch.snapshot) : null;
      const isOther = isElsewhere(fact, this.#lastFacts.get(name));
      const because = isOther ? "Another server responds at its address" : reason;
      if (because === null) {
        if (fact !== null) this.#lastFacts.set(name, fact);
        continue;
      }
      this.#identifiers.delete(name);
      this.#lastFacts.delete(name);
      list.remove(name);
      logger.info("No longer watching a discovered server", { server: name, reason: because });
    }
  }

  #places(): readonly Place[] {
    const { wants = () => true, senders, ports } = this.#options;
    return placesOf(senders(), this.#watched(), ports?.()).filter(({ cluster }) => wants(cluster));
  }

  /** The places with an address that is due; one that moved keeps its place on the list. */
  #placesToTry(): readonly Place[] {
    const { list } = this.#options;
    const due = this.#places().filter((place) => place.targets.some((target) => this.#isDue(place, target)));
    const room = MOST_DISCOVERED - list.entries.filter(({ isDiscovered }) => isDiscovered).length;
    const wanted = due.filter((each, index) =>
      index < room || each.rows.some(({ heldBy }) => heldBy !== null)
    );
    if (wanted.length < due.length) this.#logFull();
    return wanted.slice(0, MOST_AT_ONCE);
  }

  #isDue(place: Place, target: ServerConfig["target"]): boolean {
    const refusal = this.#refusals.get(refusalKeyOf(place, target));
    return refusal === undefined || refusal.retryAt <= this.#options.clock.monotonic();
  }

  /**
   * Tries the addresses of a place one after the other, until one is watched. One that does not respond takes the whole
   * deadline; its further ports are then tried at once.
   */
  async #tryPlace(place: Place): Promise<boolean> {
    const due = place.targets.filter((target) => this.#isDue(place, target));
    for (const [index, target] of due.entries()) {
      if (await this.#tryTarget(place, target)) return true;
      if (this.#refusals.get(refusalKeyOf(place, target))?.isSilent !== true) continue;
      const found = await Promise.all(due.slice(index + 1).map((each) => this.#tryTarget(place, each)));
      return found.includes(true);
    }
    return false;
  }

  async #tryTarget(place: Place, target: ServerConfig["target"]): Promise<boolean> {
    if (this.#options.list.isClosed) return false;
    const savedName = this.#options.stateFile?.names.get(nameKeyOf(place, target));
    return await this.#try({ ...place, target, ...savedName === undefined ? {} : { savedName } });
  }

  async #try(candidate: Candidate): Promise<boolean> {
    const { list } = this.#options;
    const probe = await this.#ask(candidate, `${candidate.target.host} port ${candidate.target.port}`);
    list.discard(probe.watch);
    if (list.isClosed) return false;
    const proof = judgeCandidate(candidate, probe.watch.snapshot, this.#watched());
    if (proof.kind !== "watch") return this.#refuse(candidate, proof, probe.watch.snapshot);
    // Collected again under its final name, which is part of every snapshot.
    const { config, watch } =
      await this.#askAtOwnAddress(candidate, { name: proof.name, probe: probe.watch }) ??
        await this.#ask(candidate, proof.name);
    // Another address may have led to the same server meanwhile: nothing is awaited between judging and adding.
    const verdict = judgeCandidate(candidate, watch.snapshot, this.#watched());
    const isSame = verdict.kind === "watch" && verdict.name === config.name;
    if (!list.isClosed && isSame && this.#hasRoomFor(config)) return this.#add(candidate, config, watch);
    list.discard(watch);
    if (!list.isClosed && verdict.kind !== "watch") this.#refuse(candidate, verdict, watch.snapshot);
    return false;
  }

  /**
   * A standby may get its WAL through a name or a proxy that leads to another server after a failover. The server is
   * watched at the address where it sees our connection, if it responds there.
   */
  async #askAtOwnAddress(
    candidate: Candidate,
    { name, probe }: { readonly name: string; readonly probe: W },
  ): Promise<Asked<W> | null> {
    const own = probe.snapshot.facts.settings?.[0]?.ownEndpoint;
    const { target, isUpstream } = candidate;
    if (!isUpstream || own === undefined || isLocal(own.host)) return null;
    const direct = targetAt(target, own);
    if (addressKeyOf(direct) === addressKeyOf(target)) return null;
    const asked = await this.#ask({ ...candidate, target: direct }, name);
    if (asked.watch.snapshot.up && isSamePostmaster(asked.watch.snapshot, probe.snapshot)) return asked;
    this.#options.list.discard(asked.watch);
    return null;
  }

  async #ask(
    candidate: Candidate,
    name: string,
  ): Promise<Asked<W>> {
    const config = { name, cluster: candidate.cluster, target: candidate.target };
    const watch = this.#options.list.open(config);
    await watch.collect();
    return { config, watch };
  }

  #add(candidate: Candidate, config: ServerConfig, watch: W): true {
    const { list, logger } = this.#options;
    const { seenBy, isUpstream, systemIdentifier } = candidate;
    this.#refusals.delete(refusalKeyOf(candidate, candidate.target));
    this.#identifiers.set(config.name, systemIdentifier);
    const { host, port } = config.target;
    const fields = { server: config.name, host, port };
    if (isUpstream) logger.info("Discovered the upstream of a standby", { ...fields, standby: seenBy });
    else logger.info("Discovered a standby", { ...fields, upstream: seenBy });
    list.add(config, watch);
    const names = this.#options.stateFile?.names;
    if (names !== undefined) {
      const key = nameKeyOf(candidate, config.target);
      names.delete(key);
      names.set(key, config.name);
      forgetOldest(names);
    }
    return true;
  }

  #hasRoomFor({ name }: ServerConfig): boolean {
    const discovered = this.#options.list.entries.filter(({ isDiscovered }) => isDiscovered);
    return discovered.length < MOST_DISCOVERED || discovered.some(({ config }) => config.name === name);
  }

  #refuse(candidate: Candidate, verdict: Refused, answer: ServerSnapshot): false {
    const { clock, logger } = this.#options;
    const { seenBy, isUpstream, target } = candidate;
    const key = refusalKeyOf(candidate, target);
    const kind = answer.trouble?.kind;
    const isStarting = kind === "starting";
    const isSilent = kind === "unreachable" || kind === "timeout";
    const before = this.#refusals.get(key)?.tries ?? 0;
    const tries = isStarting ? before : before + 1;
    const longest = isUpstream && verdict.kind === "refused" ? FIRST_RETRY_SECONDS : LONGEST_RETRY_SECONDS;
    const wait = isStarting
      ? STARTING_WAIT_SECONDS
      : Math.min(longest, FIRST_RETRY_SECONDS * 2 ** Math.min(10, tries - 1));
    this.#refusals.set(key, { tries, retryAt: clock.monotonic() + wait, verdict, isStarting, isSilent });
    const { host, port } = target;
    logger.debug("Not watching the server at an address", {
      host,
      port,
      seen_by: seenBy,
      reason: verdict.because,
    });
    return false;
  }

  /** What is known of a place where nothing can be watched; logged once. null when it was not tried yet. */
  #unwatchedAt(place: Place): UnwatchedServer | null {
    const { host, rows, seenBy, isUpstream, targets } = place;
    const refusals = targets.flatMap((target) => this.#refusals.get(refusalKeyOf(place, target)) ?? []);
    if (refusals.length < targets.length) return null;
    const telling = refusals.find(({ verdict }) => verdict.kind === "refused");
    // The upstream is watched under another address.
    if (isUpstream && telling === undefined) return null;
    const because = telling?.verdict.because ??
      "Its port is unknown: on every port that is known of its cluster there is another server";
    const ports = targets.map(({ port }) => port);
    const names = rows.map(({ sender }) => sender.applicationName).sort();
    if (!this.#logged.has(place.key) && telling?.isStarting !== true) {
      this.#logged.add(place.key);
      const what = isUpstream ? "the upstream of a standby" : "a discovered standby";
      this.#options.logger.info(`Cannot watch ${what}; retrying`, {
        host,
        ports: ports.join(","),
        ...isUpstream ? { standby: seenBy } : { standby: names.join(","), upstream: seenBy },
        reason: because,
      });
    }
    return { seenBy, isUpstream, names, host, ports, because };
  }

  /** A former address is forgotten at its next retry, not before: a reconnect must not reset the interval. */
  #forgetRefusals(places: readonly Place[]): void {
    const now = this.#options.clock.monotonic();
    const keys = new Set(
      places.flatMap((place) => place.targets.map((target) => refusalKeyOf(place, target))),
    );
    for (const [key, { retryAt }] of this.#refusals) {
      if (!keys.has(key) && retryAt <= now) this.#refusals.delete(key);
    }
  }

  #logFull(): void {
    if (this.#isFullLogged) return;
    this.#isFullLogged = true;
    this.#options.logger.warn(
      `Watching ${MOST_DISCOVERED} discovered servers, the maximum; add the others with --server`,
    );
  }

  #watched(): readonly WatchedServer[] {
    return this.#options.list.entries.map(watchedOf);
  }
}

/** Whether a server is not the one that last responded, nor that one restarted: it ran already when that one was read. */
function isElsewhere(fact: ServerFact | null, last: ServerFact | undefined): boolean {
  const start = fact?.startUnixSeconds ?? null;
  return start !== null && last !== undefined && start !== last.startUnixSeconds &&
    start < last.clockUnixSeconds;
}

/** What a saved name belongs to: an address within a cluster. */
function nameKeyOf(
  { systemIdentifier, cluster }: Pick<Place, "systemIdentifier" | "cluster">,
  target: ServerConfig["target"],
): string {
  return `${systemIdentifier} ${addressKeyOf(target)} ${cluster}`;
}

function refusalKeyOf({ key }: Pick<Place, "key">, target: ServerConfig["target"]): string {
  return `${key} ${addressKeyOf(target)}`;
}

function watchedOf<W extends Watch>({ config, isDiscovered, watch }: WatchEntry<W>): WatchedServer {
  return { config, isDiscovered, snapshot: watch.snapshot };
}

function forgetOldest(
  entries: Map<string, string> | Set<string>,
  kept: ReadonlySet<string> = new Set(),
): void {
  for (const key of entries.keys()) {
    if (entries.size <= MOST_REMEMBERED) return;
    if (!kept.has(key)) entries.delete(key);
  }
}
