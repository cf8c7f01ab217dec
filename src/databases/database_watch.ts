/**
 * What replicates logically, and what does not: the catalogues of the databases with publications or subscriptions.
 *
 * {@linkcode DatabaseWatch} asks `plan_readings` which databases there are and has one after the other read
 * (`read_database`, with the SQL of `catalogue_sql`, decoded by `decode_catalogue`). No session is kept.
 *
 * @module
 */
import type { ServerConfig } from "../config/config.ts";
import { isSameValue } from "../config/same_value.ts";
import { CATALOGUE_CHECKS } from "../cluster/findings/catalogues.ts";
import type { DatabaseCatalogue, DatabaseContent } from "../domain/catalogue.ts";
import { errorMessage } from "../domain/thrown.ts";
import type { View } from "../domain/view.ts";
import { MOST_DATABASES, type PlannedReading, planReadings } from "./plan_readings.ts";
import type { readDatabase, ReadingOptions } from "./read_database.ts";

/** Interval of looking for what is due, seconds. */
const DATABASE_LOOK_SECONDS = 5;
/** A database where something changes is read again after this long, seconds. */
const CHANGING_SECONDS = 15;
/** One where something is wrong, seconds. */
const WRONG_SECONDS = 60;
/** For so long a finding makes its databases be read soon, seconds. */
const FRESH_FINDING_SECONDS = 3600;

/** What a watch needs. */
export interface DatabaseWatchOptions extends Omit<ReadingOptions, "signal"> {
  /** Interval between readings of a database, seconds; 0 when nothing is read. */
  readonly intervalSeconds: () => number;
  /** Whether a server may have publications or subscriptions: without one, no view is asked for. */
  readonly mayConcern: () => boolean;
  /** The current view; null before every server has been tried. */
  readonly view: () => View | null;
  /** The servers watched now. */
  readonly servers: () => readonly ServerConfig[];
  /** Receives all results after each reading. */
  readonly onResults: (results: readonly DatabaseCatalogue[]) => void;
  /** Reads one database; replaced in tests. */
  readonly read?: typeof readDatabase;
}

/** What is known of one database. */
interface KnownDatabase {
  readonly target: ServerConfig["target"];
  readonly state: string;
  readonly errors: number;
  readonly triedAt: number;
  readonly result: DatabaseCatalogue;
}

/** Reads every database with publications or subscriptions, one after the other, at every interval. */
export class DatabaseWatch {
  readonly #options: DatabaseWatchOptions;
  readonly #known = new Map<string, KnownDatabase>();
  #lookedAt = -Infinity;
  #hasRead = false;

  /** Reads nothing until {@linkcode DatabaseWatch.step}. */
  constructor(options: DatabaseWatchOptions) {
    this.#options = options;
  }

  /** Whether every database that was known at the first look has been tried, or there is nothing to read. */
  get hasRead(): boolean {
    return this.#hasRead || this.#options.intervalSeconds() === 0 || !this.#options.mayConcern();
  }

  /**
   * Reads what is due; called about once a second. Never rejects.
   *
   * @param signal Ends a reading in progress.
   */
  async step(signal: AbortSignal): Promise<void> {
    const { clock, intervalSeconds, mayConcern } = this.#options;
    const interval = intervalSeconds();
    if (interval === 0) return this.#keepOnly([]);
    if (clock.monotonic() - this.#lookedAt < Math.min(DATABASE_LOOK_SECONDS, interval)) return;
    const view = mayConcern() || this.#known.size > 0 ? this.#options.view() : null;
    if (view === null) return;
    this.#lookedAt = clock.monotonic();
    const plans = planReadings(view);
    this.#keepOnly(plans.flatMap(({ readings, omitted }) => [...readings, ...omitted]), view);
    for (const each of plans.flatMap(({ omitted }) => omitted)) this.#omit(each);
    const readings = plans.flatMap((plan) => plan.readings);
    const due = withOtherEnds(
      new Set(readings.filter((each) => this.#isDue(each, { view, interval })).map(databaseKey)),
      view,
    );
    for (const planned of readings.filter((each) => due.has(databaseKey(each)))) {
      if (signal.aborted) return;
      await this.#read(planned, signal);
    }
    this.#hasRead = true;
  }

  #isDue(
    { server, database, state, errors }: PlannedReading,
    { view, interval }: { readonly view: View; readonly interval: number },
  ): boolean {
    const known = this.#known.get(databaseKey({ server, database }));
    if (known === undefined || !isSameValue(known.target, this.#server(server)?.target)) return true;
    const seconds = this.#options.clock.monotonic() - known.triedAt;
    if (seconds >= interval) return true;
    if (seconds < CHANGING_SECONDS) return false;
    if (known.state !== state || isSettling(known.result)) return true;
    if (seconds < WRONG_SECONDS) return false;
    return known.errors !== errors ||
      view.findings.some(({ check, severity, since }) =>
        severity !== "info" && CATALOGUE_CHECKS.has(check) && view.at - since < FRESH_FINDING_SECONDS
      );
  }

  async #read({ server, database, state, errors }: PlannedReading, signal: AbortSignal): Promise<void> {
    const config = this.#server(server);
    if (config === undefined) return;
    const { clock } = this.#options;
    const triedAt = clock.monotonic();
    const key = databaseKey({ server, database });
    const { target } = config;
    const before = this.#known.get(key);
    const result = await this.#content(config, { database, signal });
    if (signal.aborted) return;
    const content = typeof result === "string"
      // What another server under this name had says nothing about this one.
      ? before !== undefined && isSameValue(before.target, target) ? before.result.content : null
      : result;
    this.#known.set(key, {
      target,
      state,
      errors,
      triedAt,
      result: { server, database, content, failedBecause: typeof result === "string" ? result : null },
    });
    this.#publish();
  }

  /** What was read, or why it was not. */
  async #content(
    server: ServerConfig,
    { database, signal }: { readonly database: string; readonly signal: AbortSignal },
  ): Promise<DatabaseContent | string> {
    try {
      // Nothing of this is loaded without logical replication.
      const read = this.#options.read ?? (await import("./read_database.ts")).readDatabase;
      return await read(server, database, { ...this.#options, signal });
    } catch (error) {
      return errorMessage(error);
    }
  }

  #omit({ server, database, state, errors }: PlannedReading): void {
    const key = databaseKey({ server, database });
    const target = this.#server(server)?.target;
    const failedBecause = `Only ${MOST_DATABASES} databases of a server are read`;
    if (target === undefined || this.#known.get(key)?.result.failedBecause === failedBecause) return;
    const result = { server, database, content: null, failedBecause };
    this.#known.set(key, { target, state, errors, triedAt: -Infinity, result });
    this.#publish();
  }

  #server(name: string): ServerConfig | undefined {
    return this.#options.servers().find((server) => server.name === name);
  }

  /** Forgets databases that no longer publish or subscribe; a server that does not respond keeps its own. */
  #keepOnly(planned: readonly PlannedReading[], view: View | null = null): void {
    const keys = new Set(planned.map(databaseKey));
    const silent = new Set(view?.servers.filter(({ up }) => !up).map(({ server }) => server));
    const stale = [...this.#known].filter(([key, { result }]) =>
      !keys.has(key) && !silent.has(result.server)
    );
    if (stale.length === 0) return;
    for (const [key] of stale) this.#known.delete(key);
    this.#publish();
  }

  #publish(): void {
    this.#options.onResults([...this.#known.values()].map(({ result }) => result));
  }
}

function databaseKey({ server, database }: Pick<PlannedReading, "server" | "database">): string {
  return JSON.stringify([server, database]);
}

/** Databases, and those at the other end of their subscriptions: both sides are compared as of one moment. */
function withOtherEnds(due: ReadonlySet<string>, { subscriptions }: View): ReadonlySet<string> {
  const all = new Set(due);
  for (const { server, fact, publisher } of subscriptions) {
    const ends = [
      databaseKey({ server, database: fact.database }),
      databaseKey({ server: publisher?.server ?? "", database: publisher?.slot?.database ?? "" }),
    ];
    if (ends.some((each) => due.has(each))) { for (const each of ends) all.add(each); }
  }
  return all;
}

/** Whether a table is still being copied. */
function isSettling({ content }: DatabaseCatalogue): boolean {
  return content?.subscriptions.some(({ tables }) =>
    [...tables.values()].some((state) => state !== "ready")
  ) ??
    false;
}
