import type { ConsistencyConfig, ServerConfig } from "../config/config.ts";
import type { TableName } from "../domain/table_name.ts";
import { PostgresError } from "../postgres/errors.ts";
import { type KeeperOptions, SessionKeeper } from "../postgres/keeper.ts";
import { startDeadline } from "../domain/deadline.ts";
import { checkTable, type TableVerdict } from "./check_table.ts";
import { InconclusiveError, nothingCompared } from "./inconclusive_error.ts";
import {
  describeTable,
  openTableQuery,
  primaryTable,
  standbyTable,
  type TableQuery,
} from "./table_reader.ts";
import type { ComparedSubscription } from "./published_sql.ts";
import { describePublished, type SubscriptionEnds } from "./published_table.ts";
import { STANDBY_ROLES, SUBSCRIBER_ROLES, type TablePair } from "./server_table.ts";
import { subscriberTable } from "./subscriber_table.ts";
import type { TableProgress } from "./table_progress.ts";

/** A primary and one of its standbys; with a subscription, its publisher and its subscriber. */
export interface ServerPair extends Readonly<Record<"primary" | "standby", ServerConfig>> {
  /** The subscription; absent for a standby. */
  readonly subscription?: ComparedSubscription | null;
}

/** Limits and environment of a check. */
export interface TableCheckOptions extends Pick<KeeperOptions, "clock" | "random" | "readTextFile"> {
  /** Limits. */
  readonly config: Omit<ConsistencyConfig, "tables" | "intervalSeconds">;
  /** Ends the check. */
  readonly signal: AbortSignal;
  /** How far earlier checks have come; this check takes it further. */
  readonly progress: TableProgress;
}

/** Longest wait for a lock, seconds: sessions that want a conflicting lock queue behind our statement. */
const LOCK_TIMEOUT_SECONDS = 1;
/** Servers cancel a statement when the time of the check ends; so much later we give up on them, seconds. */
const CANCEL_GRACE_SECONDS = 2;
/** Longest time to close the sessions, seconds. */
const SESSION_CLOSE_SECONDS = 1;
/** Suffix of `application_name`. */
const NAME_SUFFIX = " consistency";

/**
 * Compares one table, as much of it as the budget allows, on two sessions that are opened for it: on the collectors'
 * sessions, which answer in order, its statements would delay collections.
 *
 * @returns The verdict; null when the primary has no such table, or the subscription does not.
 * @throws {PostgresError} When a server is lost or reports an unexpected error.
 */
export async function runTableCheck(
  pair: ServerPair,
  name: TableName,
  options: TableCheckOptions,
): Promise<TableVerdict | null> {
  const { config, clock, progress } = options;
  const endsAt = clock.monotonic() + config.maxDurationSeconds;
  using deadline = startDeadline(config.maxDurationSeconds + CANCEL_GRACE_SECONDS, {
    clock,
    outer: options.signal,
  });
  const { signal } = deadline;
  const { subscription = null } = pair;
  const keepers = [
    keeperOf(inDatabase(pair.primary, subscription?.publisherDatabase), options),
    keeperOf(inDatabase(pair.standby, subscription?.database), options),
  ] as const;
  const open = async (keeper: SessionKeeper): Promise<OpenServer> => {
    const session = await keeper.session(signal);
    const query = await openTableQuery(session, {
      signal,
      statementTimeoutSeconds: config.statementTimeoutSeconds,
      remainingSeconds: () => endsAt - clock.monotonic(),
    });
    return { query, versionNum: session.versionNum };
  };
  try {
    const opening = [open(keepers[0]), open(keepers[1])] as const;
    // Both, so that no session is still being opened when they are closed.
    await Promise.allSettled(opening);
    const [onPrimary, onStandby] = await Promise.all(opening);
    const tables = subscription === null
      ? await tablesOfStandby({ onPrimary, onStandby, user: pair.primary.target.user }, name)
      : await tablesOfSubscription({
        subscription,
        publisher: { ...onPrimary, ...serverEnd(pair.primary, subscription.publisherDatabase) },
        subscriber: { ...onStandby, ...serverEnd(pair.standby, subscription.database) },
      }, name);
    if (tables === null) return null;
    return await checkTable({ ...tables, clock, signal, maxWaitSeconds: config.maxLagSeconds }, {
      maxRows: config.maxRows,
      endsAt,
      progress,
    });
  } catch (error) {
    const verdict = verdictOnError(error, subscription);
    if (verdict === null) throw error;
    return verdict;
  } finally {
    using closing = startDeadline(SESSION_CLOSE_SECONDS, { clock, outer: options.signal });
    await Promise.all(keepers.map((keeper) => keeper.close(closing.signal)));
  }
}

/** An open session. */
interface OpenServer {
  readonly query: TableQuery;
  readonly versionNum: number;
}

type Tables = Pick<TablePair, "roles" | "table" | "primary" | "standby">;

async function tablesOfStandby(
  { onPrimary, onStandby, user }: Readonly<Record<"onPrimary" | "onStandby", OpenServer>> & {
    readonly user: string;
  },
  name: TableName,
): Promise<Tables | null> {
  const about = await describeTable(onPrimary.query, { name, user });
  return about && {
    roles: STANDBY_ROLES,
    table: about.table,
    primary: primaryTable(onPrimary.query, about),
    standby: standbyTable(onStandby.query, about),
  };
}

async function tablesOfSubscription(ends: SubscriptionEnds, name: TableName): Promise<Tables | null> {
  const about = await describePublished(ends, name);
  return about && {
    roles: SUBSCRIBER_ROLES,
    table: about.published.table,
    primary: primaryTable(ends.publisher.query, about.published),
    standby: subscriberTable(ends, about.subscribed),
  };
}

function serverEnd({ name, target }: ServerConfig, database: string) {
  return { user: target.user, where: `"${name}", in database "${database}"` };
}

function inDatabase(server: ServerConfig, database = server.target.database): ServerConfig {
  return { ...server, target: { ...server.target, database } };
}

function keeperOf({ name, target }: ServerConfig, options: TableCheckOptions): SessionKeeper {
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

/** Verdict of a check that an error ended; null when the error is not about the table. */
function verdictOnError(error: unknown, subscription: ComparedSubscription | null): TableVerdict | null {
  if (error instanceof InconclusiveError) return nothingCompared(error.verdict, error.message);
  if (!(error instanceof PostgresError)) return null;
  switch (error.sqlstate) {
    case "42883":
    case "22P02":
      if (subscription === null) return null;
      return nothingCompared(
        "failed",
        `A row filter or a column cannot be read with the subscriber's types: ${error.message}`,
      );
    case "42P01":
    case "42703":
      return nothingCompared("busy", "The table was created, altered or dropped during the check");
    case "55P03":
      return nothingCompared("busy", "Another session holds a lock on the table");
    case "42501":
      if (error.routine !== "check_enable_rls") return null;
      return nothingCompared(
        "failed",
        "Row-level security hides rows of the table; give the role BYPASSRLS, or remove the table from " +
          "--consistency.table",
      );
    default:
      return null;
  }
}
