import type { ConsistencyConfig, ServerConfig } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import type { TableName } from "../domain/table_name.ts";
import { PostgresError } from "../postgres/errors.ts";
import { SessionKeeper } from "../postgres/keeper.ts";
import { startDeadline } from "../domain/deadline.ts";
import { checkTable, type TableVerdict } from "./check_table.ts";
import { CheckEnd } from "./sides.ts";
import {
  describeTable,
  openTableSession,
  primarySide,
  standbySide,
  type TableSession,
} from "./table_reader.ts";
import type { TableWalk } from "./table_walk.ts";

/** A primary and one of its standbys. */
export interface PairOfServers {
  /** The primary. */
  readonly primary: ServerConfig;
  /** The standby. */
  readonly standby: ServerConfig;
}

/** What a check needs besides. */
export interface RunCheckOptions {
  /** Limits. */
  readonly config: Omit<ConsistencyConfig, "tables" | "intervalSeconds">;
  /** Time. */
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Reads certificate files. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Ends the check. */
  readonly signal: AbortSignal;
  /** How far earlier checks have come; from the first row when absent. */
  readonly walk?: TableWalk;
}

/** Longest wait for a lock, seconds: behind a statement that waits for ours, everybody else would wait too. */
const LOCK_TIMEOUT_SECONDS = 1;
/** Servers end a statement at the end of the check's time; so much later we do not wait for them any longer, seconds. */
const GRACE_SECONDS = 2;
/** How long a session may take to say goodbye, seconds. */
const GOODBYE_SECONDS = 1;
/** What `pg_stat_activity` shows behind our name. */
const NAME_SUFFIX = " consistency";

/**
 * Compares one table, as much of it as the budget allows, on two sessions that live no longer than that: on the kept ones its statements would hold up
 * collections, which are answered in order.
 *
 * @param pair The servers.
 * @param name The table.
 * @param options Limits and environment.
 * @returns The verdict; null when the primary has no such table.
 * @throws {PostgresError} When a server is lost or says something unforeseen.
 */
export async function runCheck(
  pair: PairOfServers,
  name: TableName,
  options: RunCheckOptions,
): Promise<TableVerdict | null> {
  const { config, clock } = options;
  const endsAt = clock.monotonic() + config.maxDurationSeconds;
  using deadline = startDeadline(config.maxDurationSeconds + GRACE_SECONDS, { clock, outer: options.signal });
  const { signal } = deadline;
  const keepers = { primary: keeperOf(pair.primary, options), standby: keeperOf(pair.standby, options) };
  const open = async (keeper: SessionKeeper): Promise<TableSession> =>
    await openTableSession(await keeper.session(signal), {
      signal,
      statementTimeoutSeconds: config.statementTimeoutSeconds,
      remainingSeconds: () => endsAt - clock.monotonic(),
    });
  try {
    const [onPrimary, onStandby] = await bothOrError(open(keepers.primary), open(keepers.standby));
    const described = await describeTable(onPrimary, { name, user: pair.primary.target.user });
    if (described === null) return null;
    const sides = { primary: primarySide(onPrimary, described), standby: standbySide(onStandby, described) };
    const times = { clock, signal, patienceSeconds: config.maxLagSeconds };
    return await checkTable({ ...sides, ...times }, described.table, {
      maxRows: config.maxRows,
      endsAt,
      about: described,
      ...options.walk === undefined ? {} : { walk: options.walk },
    });
  } catch (error) {
    const ended = endOf(error);
    if (ended === null) throw error;
    return { verdict: ended.verdict, reason: ended.message, difference: null, rowsCompared: null };
  } finally {
    using goodbye = startDeadline(GOODBYE_SECONDS, { clock, outer: options.signal });
    await Promise.all(Object.values(keepers).map((keeper) => keeper.close(goodbye.signal)));
  }
}

/** Waits for both, so that no session is still being opened when the others are closed. */
async function bothOrError<T>(first: Promise<T>, second: Promise<T>): Promise<readonly [T, T]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}

function keeperOf({ name, target }: ServerConfig, options: RunCheckOptions): SessionKeeper {
  const { clock, random, readTextFile, config: { statementTimeoutSeconds } } = options;
  return new SessionKeeper({
    target: { ...target, applicationName: target.applicationName + NAME_SUFFIX },
    server: name,
    statementTimeoutSeconds,
    lockTimeoutSeconds: Math.min(LOCK_TIMEOUT_SECONDS, statementTimeoutSeconds),
    clock,
    random,
    readTextFile,
  });
}

/** What the servers say that is an end of the check rather than trouble with them. */
function endOf(error: unknown): CheckEnd | null {
  if (error instanceof CheckEnd) return error;
  if (!(error instanceof PostgresError)) return null;
  switch (error.sqlstate) {
    case "42P01":
    case "42703":
      return new CheckEnd("busy", "The table was created, changed or dropped meanwhile");
    case "55P03":
      return new CheckEnd("busy", "Another session holds a lock on the table");
    case "42501":
      return /row-level security|row_security/.test(error.message)
        ? new CheckEnd(
          "failed",
          "Row-level security hides rows of it; give the role BYPASSRLS or leave the table out",
        )
        : null;
    default:
      return null;
  }
}
