import type { ConsistencyConfig, ServerConfig } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import type { ConsistencyResult } from "../domain/consistency.ts";
import type { LogFields, Logger } from "../domain/log.ts";
import { formatTableName, parseTableName, type TableName } from "../domain/table_name.ts";
import type { View } from "../domain/view.ts";
import { planChecks, type PlannedCheck } from "./plan_checks.ts";
import { ResultMemory } from "./result_memory.ts";
import { type PairOfServers, runCheck } from "./run_check.ts";
import type { TableVerdict } from "./check_table.ts";
import { TableWalk } from "./table_walk.ts";

/** The first check is made so long after start, seconds, so that a start is not also a load. */
const FIRST_WAIT_SECONDS = 30;

/** What a watch needs. */
export interface ConsistencyWatchOptions {
  /** Which tables, and how gently, as of now; null when nothing is checked. */
  readonly config: () => ConsistencyConfig | null;
  /** Time. */
  readonly clock: Clock;
  /** A number in [0, 1), for jitter. */
  readonly random: () => number;
  /** Where changes of verdicts are told. */
  readonly logger: Logger;
  /** Reads certificate files. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** What is known now; null before every server has been tried. */
  readonly view: () => View | null;
  /** How to reach the servers that are watched now. */
  readonly servers: () => readonly ServerConfig[];
  /** Told of the results after each check. */
  readonly onResults: (results: readonly ConsistencyResult[]) => void;
  /** Compares one table; replaced in tests. */
  readonly check?: (
    pair: PairOfServers,
    name: TableName,
    options: { readonly signal: AbortSignal; readonly walk: TableWalk },
  ) => Promise<TableVerdict | null>;
}

/** One table on one standby. */
interface Task extends PlannedCheck {
  readonly name: TableName;
  readonly config: ConsistencyConfig;
}

/** Checks every table on every standby, one after the other, again and again. */
export class ConsistencyWatch {
  readonly #options: ConsistencyWatchOptions;
  readonly #memory = new ResultMemory();
  /** How far each table has been compared on each standby; a standby has its own pace, as it may be left alone. */
  readonly #walks = new Map<string, { readonly source: string; readonly walk: TableWalk }>();
  readonly #createdAt: number;
  readonly #firstAt: number;
  #checkedAt: number | null = null;

  /** Checks nothing until {@linkcode ConsistencyWatch.step}. */
  constructor(options: ConsistencyWatchOptions) {
    this.#options = options;
    this.#createdAt = options.clock.monotonic();
    // Many exporters that start together do not all read together.
    this.#firstAt = this.#createdAt + FIRST_WAIT_SECONDS * (0.5 + options.random() / 2);
  }

  /**
   * Checks everything when it is time to; called about once a second.
   *
   * @param signal Ends a check that is under way. Never rejects.
   */
  async step(signal: AbortSignal): Promise<void> {
    const { clock, config: read } = this.#options;
    const config = read();
    const now = clock.monotonic();
    if (config === null) return;
    const dueAt = this.#checkedAt === null
      ? Math.min(this.#firstAt, this.#createdAt + config.intervalSeconds)
      : this.#checkedAt + config.intervalSeconds;
    if (now < dueAt) return;
    await this.checkAll(signal);
    this.#checkedAt = now;
  }

  /**
   * Checks every table on every standby once.
   *
   * @param signal Ends it, also a check that is under way. Never rejects.
   */
  async checkAll(signal: AbortSignal): Promise<void> {
    const [view, config] = [this.#options.view(), this.#options.config()];
    if (view === null || config === null) return;
    const tables = config.tables.map(parseTableName);
    this.#forgetOthers(view, tables.map(formatTableName));
    for (const planned of planChecks(view, config)) {
      for (const name of tables) {
        if (signal.aborted) return;
        await this.#check({ ...planned, name, config }, signal);
      }
    }
  }

  async #check(task: Task, signal: AbortSignal): Promise<void> {
    const { clock, onResults } = this.#options;
    const { primary, standby, config } = task;
    const [table, startedAt] = [formatTableName(task.name), clock.monotonic()];
    const isWanted = config.isDefaultTable !== true;
    const walk = this.#walkOf(task);
    const verdict = await this.#verdict(task, { walk, signal });
    if (signal.aborted) return;
    if (verdict === null && !isWanted) this.#forget({ standby, table });
    else {
      const at = clock.monotonic();
      this.#tell(this.#memory.note({
        ...verdict ?? {
          verdict: "skipped" as const,
          reason: `Table ${table} does not exist on "${primary}" in the database of the connection string`,
          difference: null,
          rowsCompared: null,
        },
        primary,
        standby,
        table,
        isWanted,
        at,
        durationSeconds: at - startedAt,
        known: walk.summary,
      }));
    }
    onResults(this.#memory.results);
  }

  async #verdict(
    { primary, standby, skip, name, config }: Task,
    { walk, signal }: { readonly walk: TableWalk; readonly signal: AbortSignal },
  ): Promise<TableVerdict | null> {
    const inconclusive = { difference: null, rowsCompared: null };
    if (skip !== null) return { verdict: "skipped", reason: skip, ...inconclusive };
    const servers = this.#options.servers();
    const [from, to] = [primary, standby].map((each) => servers.find((server) => server.name === each));
    if (from === undefined || to === undefined) {
      return { verdict: "skipped", reason: "It is not watched any more", ...inconclusive };
    }
    const check = this.#options.check ??
      ((pair, table, options) => runCheck(pair, table, { ...this.#options, config, ...options }));
    try {
      return await check({ primary: from, standby: to }, name, { walk, signal });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { verdict: "failed", reason, ...inconclusive };
    }
  }

  /** What was compared with another primary, or on another server under the same name, says nothing of this one. */
  #walkOf({ systemIdentifier, primary, standby, name }: Task): TableWalk {
    const key = JSON.stringify([standby, formatTableName(name)]);
    const target = this.#options.servers().find((server) => server.name === standby)?.target;
    const source = JSON.stringify([
      systemIdentifier,
      primary,
      target?.host,
      target?.hostAddress,
      target?.port,
    ]);
    const known = this.#walks.get(key);
    if (known?.source === source) return known.walk;
    const walk = new TableWalk();
    this.#walks.set(key, { source, walk });
    return walk;
  }

  #forget({ standby, table }: Pick<ConsistencyResult, "standby" | "table">): void {
    this.#memory.forget({ standby, table });
    this.#walks.delete(JSON.stringify([standby, table]));
  }

  /** A result about a server that is gone, or is no standby any more, or about another table, is nobody's. */
  #forgetOthers(view: View, tables: readonly string[]): void {
    for (const result of this.#memory.results) {
      const server = view.servers.find((each) => each.server === result.standby);
      const isGone = server === undefined || server.role === "primary" || !tables.includes(result.table);
      if (isGone) this.#forget(result);
    }
    this.#options.onResults(this.#memory.results);
  }

  #tell({ result, verdictBefore }: ReturnType<ResultMemory["note"]>): void {
    if (result.verdict === verdictBefore) return;
    const { logger } = this.#options;
    const { standby: server, table, verdict, reason } = result;
    const fields: LogFields = { server, table, verdict, ...reason === "" ? {} : { reason } };
    if (verdict === "different") logger.error("A table differs between primary and standby", fields);
    else if (verdict === "failed") logger.warn("Consistency check failed", fields);
    else logger.info("Consistency check", fields);
  }
}
