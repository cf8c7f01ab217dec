/**
 * The consistency check: compares tables between a primary and its standbys, and between both ends of subscriptions, at one
 * position of the WAL.
 *
 * {@linkcode ConsistencyWatch} asks `plan_checks` which standbys and subscriptions to compare, runs one check at a time (`run_table_check`
 * opens the sessions, `check_table` walks through the table, `check_part` decides one part with `compare_range` and
 * `locate_differences`), and keeps what `table_progress` and `result_memory` know for the next one. The servers are read
 * through `table_reader`, with the SQL of `table_sql`; what a subscription is to have is in `published_table`, when it has
 * applied it in `subscriber_table`. A difference is reported only when every other explanation is
 * excluded: `docs/CONSISTENCY.md`.
 *
 * @module
 */
import type { ConsistencyConfig, ServerConfig } from "../config/config.ts";
import type { ConsistencyResult } from "../domain/consistency.ts";
import type { LogFields, Logger } from "../domain/log.ts";
import { formatTableName, parseTableName, type TableName } from "../domain/table_name.ts";
import { comparedIn } from "../cluster/compared_in.ts";
import type { View } from "../domain/view.ts";
import type { TableVerdict } from "./check_table.ts";
import { nothingCompared } from "./inconclusive_error.ts";
import { planChecks, type PlannedCheck, planSubscriptions } from "./plan_checks.ts";
import { resultKey, ResultMemory, type ResultSubject } from "./result_memory.ts";
import type { runTableCheck, TableCheckOptions } from "./run_table_check.ts";
import { TableProgress } from "./table_progress.ts";
import { errorMessage } from "../domain/thrown.ts";

/** Wait before the first check, seconds, so that a start causes no load at once. */
const FIRST_CHECK_SECONDS = 30;

/** What a watch needs. */
export interface ConsistencyWatchOptions
  extends Pick<TableCheckOptions, "clock" | "random" | "readTextFile"> {
  /** The current configuration; null when nothing is checked. */
  readonly config: () => ConsistencyConfig | null;
  /** Logs changes of verdicts. */
  readonly logger: Logger;
  /** The current view; null before every server has been tried. */
  readonly view: () => View | null;
  /** The servers watched now. */
  readonly servers: () => readonly ServerConfig[];
  /** Receives all results after each check. */
  readonly onResults: (results: readonly ConsistencyResult[]) => void;
  /** Compares one table; replaced in tests. */
  readonly check?: typeof runTableCheck;
}

/** A check of one table on one standby. */
interface TableTask extends PlannedCheck {
  readonly name: TableName;
  /** The name as configured. */
  readonly table: string;
  readonly config: ConsistencyConfig;
}

/** Checks every table on every standby, one after the other, at every interval. */
export class ConsistencyWatch {
  readonly #options: ConsistencyWatchOptions;
  readonly #memory = new ResultMemory();
  /** Progress of each table on each standby: a standby may be skipped while others are compared. */
  readonly #progress = new Map<string, { readonly source: string; readonly progress: TableProgress }>();
  /** When the interval began: at the latest check, or at the start. */
  #since: number;
  /** The first check is made no later. */
  #notAfter: number;

  /** Checks nothing until {@linkcode ConsistencyWatch.step}. */
  constructor(options: ConsistencyWatchOptions) {
    this.#options = options;
    this.#since = options.clock.monotonic();
    // Exporters that start together do not all check at once.
    this.#notAfter = this.#since + FIRST_CHECK_SECONDS * (0.5 + options.random() / 2);
  }

  /**
   * Checks everything when the interval has passed; called about once a second. Never rejects.
   *
   * @param signal Ends a check in progress.
   */
  async step(signal: AbortSignal): Promise<void> {
    const config = this.#options.config();
    if (config === null) return;
    const now = this.#options.clock.monotonic();
    if (now < Math.min(this.#notAfter, this.#since + config.intervalSeconds)) return;
    await this.checkAll(signal);
    [this.#since, this.#notAfter] = [now, Infinity];
  }

  /**
   * Checks every table on every standby once. Never rejects.
   *
   * @param signal Ends it, also a check in progress.
   */
  async checkAll(signal: AbortSignal): Promise<void> {
    const [view, config] = [this.#options.view(), this.#options.config()];
    if (view === null || config === null) return;
    const names = config.tables.map(parseTableName);
    this.#forgetStale(view, names.map(formatTableName));
    // The default is compared on standbys only: with subscriptions, nothing is read that nobody asked for.
    const subscriptions = config.isDefaultTable === true ? [] : planSubscriptions(view, config);
    for (const planned of [...subscriptions, ...planChecks(view, config)]) {
      for (const name of names) {
        if (signal.aborted) return;
        await this.#check({ ...planned, name, table: formatTableName(name), config }, signal);
      }
    }
  }

  async #check(task: TableTask, signal: AbortSignal): Promise<void> {
    const { clock, onResults } = this.#options;
    const { primary, standby, subscription, table } = task;
    // Whether a subscription that cannot be compared now has the table is unknown.
    if (subscription !== undefined && task.skip !== null && !this.#memory.has(task)) return;
    const startedAt = clock.monotonic();
    const isWanted = task.config.isDefaultTable !== true;
    const progress = this.#progressOf(task);
    const verdict = await this.#verdict(task, { progress, signal });
    if (signal.aborted) return;
    if (verdict === null && (!isWanted || this.#isElsewhere(task))) this.#forget(task);
    else {
      const at = clock.monotonic();
      const missing =
        `Table ${table} does not exist on "${primary}" in the database of the connection string`;
      this.#log(this.#memory.record({
        ...verdict ?? nothingCompared("skipped", missing),
        primary,
        standby,
        ...subscription === undefined ? {} : { subscription },
        table,
        isWanted,
        at,
        durationSeconds: at - startedAt,
        known: progress.summary,
      }));
    }
    onResults(this.#memory.results);
  }

  async #verdict(
    { skip, name, config, compared, ...task }: TableTask,
    options: Pick<TableCheckOptions, "progress" | "signal">,
  ): Promise<TableVerdict | null> {
    if (skip !== null) return nothingCompared("skipped", skip);
    const [primary, standby] = [this.#server(task.primary), this.#server(task.standby)];
    if (primary === undefined || standby === undefined) {
      return nothingCompared("skipped", "The primary or the standby is no longer watched");
    }
    try {
      // The comparison is loaded with the first check.
      const check = this.#options.check ?? (await import("./run_table_check.ts")).runTableCheck;
      return await check({ primary, standby, subscription: compared ?? null }, name, {
        ...this.#options,
        config,
        ...options,
      });
    } catch (error) {
      return nothingCompared("failed", errorMessage(error));
    }
  }

  /** Whether it is not this subscription, but another one or none, that has the table. */
  #isElsewhere({ subscription, table }: TableTask): boolean {
    return subscription !== undefined ||
      this.#memory.results.some((each) => each.subscription !== undefined && each.table === table);
  }

  #server(name: string): ServerConfig | undefined {
    return this.#options.servers().find((server) => server.name === name);
  }

  /** Progress against another primary, or on another server of the same name, says nothing about this one. */
  #progressOf(task: TableTask): TableProgress {
    const { systemIdentifier, primary } = task;
    const { host, hostAddress, port } = this.#server(task.standby)?.target ?? {};
    const source = JSON.stringify([systemIdentifier, primary, host, hostAddress, port]);
    const known = this.#progress.get(resultKey(task));
    if (known?.source === source) return known.progress;
    const progress = new TableProgress();
    this.#progress.set(resultKey(task), { source, progress });
    return progress;
  }

  #forget(result: ResultSubject): void {
    this.#memory.forget(result);
    this.#progress.delete(resultKey(result));
  }

  /** Forgets results of servers that are gone or were promoted, and of tables that are no longer configured. */
  #forgetStale(view: View, tables: readonly string[]): void {
    const isCompared = comparedIn(view);
    for (const result of this.#memory.results) {
      if (!isCompared(result) || !tables.includes(result.table)) this.#forget(result);
    }
    this.#options.onResults(this.#memory.results);
  }

  #log({ result, verdictBefore }: ReturnType<ResultMemory["record"]>): void {
    const { standby: server, subscription, table, verdict, reason } = result;
    if (verdict === verdictBefore) return;
    const { logger } = this.#options;
    const fields: LogFields = {
      server,
      ...subscription === undefined ? {} : { subscription },
      table,
      verdict,
      ...reason === "" ? {} : { reason },
    };
    if (verdict === "different") {
      const [source, copy] = subscription === undefined
        ? ["primary", "standby"]
        : ["publisher", "subscriber"];
      logger.error(`A table differs between ${source} and ${copy}`, fields);
    } else if (verdict === "failed") logger.warn("Consistency check failed", fields);
    else logger.info("Consistency check", fields);
  }
}
