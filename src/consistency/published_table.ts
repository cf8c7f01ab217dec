/**
 * What of a table a subscription is to have, and how each of its two servers reads it.
 *
 * A subscriber may have other columns, in another order, of other types, and other rows besides. Only what is published is
 * compared: the published columns, as text of the subscriber's types, of the rows that the row filter lets through on the
 * server that is read. Ranges must mean the same rows on both: the order of a text depends on the host, of an enum on the
 * order of its declaration, so texts are ordered by their bytes, and enums are no key.
 *
 * @module
 */
import { formatTableName, type TableName } from "../domain/table_name.ts";
import { decodeText, requireBoolean, requireText, type Row } from "../postgres/decode.ts";
import { InconclusiveError } from "./inconclusive_error.ts";
import {
  columnsSql,
  type ComparedSubscription,
  copiedSql,
  publishedSql,
  subscribedSql,
} from "./published_sql.ts";
import { describeTable, requireSelect, type TableDescription, type TableQuery } from "./table_reader.ts";
import { type ComparedTable, type KeyColumn, quoted } from "./table_sql.ts";

/** One end of a subscription. */
export interface SubscriptionEnd {
  /** Runs queries in its database. */
  readonly query: TableQuery;
  /** The role. */
  readonly user: string;
  /** The server, for a person. */
  readonly where: string;
  /** `server_version_num`. */
  readonly versionNum: number;
}

/** Both ends of a subscription. */
export interface SubscriptionEnds {
  /** The subscription. */
  readonly subscription: ComparedSubscription;
  /** The publisher. */
  readonly publisher: SubscriptionEnd;
  /** The subscriber. */
  readonly subscriber: SubscriptionEnd;
}

/** A table that a subscription is to have. */
export interface TableOfSubscription {
  /** As the publisher has it. */
  readonly published: TableDescription;
  /** As the subscriber has it. */
  readonly subscribed: ComparedTable;
}

interface Column {
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly base: string;
  readonly isBuiltIn: boolean;
  readonly isEnum: boolean;
  readonly generated: string;
}

const COPY_STATES: Readonly<Record<string, string>> = {
  i: "its initial copy has not begun",
  d: "its initial copy is under way",
  f: "its initial copy has just ended",
  s: "its initial copy has just ended",
};
const INTEGERS: ReadonlySet<string> = new Set(["int2", "int4", "int8"]);
const TEXTS: ReadonlySet<string> = new Set(["text", "varchar"]);
/** Types whose text depends on settings of the servers that a session does not share with the apply worker. */
const SETTING_TYPES: ReadonlySet<string> = new Set(["timestamptz", "timetz", "money"]);

/**
 * Describes a table of a subscription on both of its ends.
 *
 * @param ends Both ends.
 * @param name The table.
 * @returns null when the subscription is not to have the table.
 * @throws {InconclusiveError} When the table cannot be compared.
 */
export async function describePublished(
  ends: SubscriptionEnds,
  name: TableName,
): Promise<TableOfSubscription | null> {
  const { subscription, publisher, subscriber } = ends;
  const { publications } = subscription;
  const title = formatTableName(name);
  const rows = await publisher.query(
    publishedSql(name, { publications, versionNum: publisher.versionNum }),
  );
  const how = howPublished(rows, { title, origin: subscription.origin });
  if (how === null) return null;
  const [own] = await subscriber.query(subscribedSql(name, {
    subscription: subscription.oid,
    versionNum: subscriber.versionNum,
  }));
  if (own === undefined) throw skipped(`${title} does not exist on ${subscriber.where}`);
  requireSelect(own, { ...subscriber, name });
  const subscribedOid = requireText(own, "oid");
  requireOnlySource(own, { ...ends, title, ...how });
  const [all, its] = await Promise.all([publisher, subscriber].map(({ query }) => columnsOf(query, name)));
  const columns = (all ?? []).filter(({ number, generated }) =>
    how.columns?.includes(number) ?? (generated === "" || how.hasGenerated && generated === "s")
  );
  const pairs = columns.map((column) => ({
    column,
    other: its?.find((each) => each.name === column.name) ?? absent(column, ends),
  }));
  const description = await describeTable(publisher.query, {
    ...publisher,
    name,
    among: columns.map(({ number }) => number),
  });
  if (description === null) return null;
  const { table } = description;
  const key = keyOn(table.key, pairs);
  const shared = {
    ...table,
    key,
    filter: how.filter,
    columns: columns.map(({ name }) => name),
    isPublishedAgain: requireBoolean(own, "is_published"),
    identity: JSON.stringify([table.identity, key, how, subscription, subscribedOid, pairs]),
  };
  return {
    published: {
      ...description,
      table: { ...shared, values: pairs.map((pair) => publishedValue(pair)) },
    },
    subscribed: {
      ...shared,
      isPartitioned: requireBoolean(own, "is_partitioned"),
      values: pairs.map(({ column, other }) =>
        column.type === other.type || other.isBuiltIn ? `t.${quoted(other.name)}` : sentText(other)
      ),
      readyWhen: copiedSql(subscribedOid, { subscription: subscription.oid, byPartition: how.byPartition }),
    },
  };
}

interface HowPublished {
  readonly filter: string | null;
  readonly columns: readonly number[] | null;
  readonly hasGenerated: boolean;
  readonly byPartition: boolean;
}

/** How several publications publish a table together; null when none does. */
function howPublished(
  rows: readonly Row[],
  { title, origin }: { readonly title: string; readonly origin: string | null },
): HowPublished | null {
  const [first] = rows;
  if (first === undefined) return null;
  const root = rows.find((row) => requireBoolean(row, "via_root") && decodeText(row, "root") !== null);
  if (root !== undefined) {
    throw skipped(`${title} is published as ${decodeText(root, "root")}: name that in --consistency.table`);
  }
  const partial = rows.find((row) => !requireBoolean(row, "has_all_actions"));
  if (partial !== undefined) {
    throw skipped(
      `Publication "${
        requireText(partial, "pubname")
      }" does not publish every kind of change, so its subscribers are ` +
        "not to have the same rows",
    );
  }
  if (origin === "none" && requireBoolean(first, "is_subscribed")) {
    throw skipped(
      "The publisher subscribes to the table too, and with origin = none the subscription does not get all of its rows",
    );
  }
  const byPartition = requireBoolean(first, "is_partitioned") &&
    !rows.some((row) => requireBoolean(row, "via_root"));
  if (byPartition && rows.some((row) => requireBoolean(row, "is_part_restricted"))) {
    throw skipped(
      `${title} is published by partition, with row filters or lists of columns: name the partitions in ` +
        "--consistency.table",
    );
  }
  const filters = rows.map((row) => decodeText(row, "filter"));
  const columns = decodeText(first, "columns");
  return {
    byPartition,
    // A publication without a filter publishes all rows.
    filter: filters.includes(null) ? null : filters.map((each) => `(${each})`).join(" OR "),
    columns: columns === null ? null : columns.split(" ").map(Number),
    hasGenerated: rows.some((row) => requireBoolean(row, "has_generated")),
  };
}

/** A table that is being copied, or that has other rows for a good reason, is not compared. */
function requireOnlySource(
  own: Row,
  { subscription: { name }, subscriber, title, byPartition, filter }: SubscriptionEnds & HowPublished & {
    readonly title: string;
  },
): void {
  const state = decodeText(own, "state");
  if (!byPartition && state === null) {
    throw skipped(
      `Subscription "${name}" does not have ${title} yet; on ${subscriber.where}: ALTER SUBSCRIPTION ` +
        `${quoted(name)} REFRESH PUBLICATION`,
    );
  }
  if (!byPartition && state !== "r") {
    throw skipped(`${title} is being copied: ${COPY_STATES[state ?? ""] ?? `state ${state}`}`);
  }
  const others = decodeText(own, "others");
  if (others !== null && filter === null) {
    throw skipped(`${title} also has the rows of another subscription: ${others}`);
  }
}

async function columnsOf(query: TableQuery, name: TableName): Promise<readonly Column[]> {
  return (await query(columnsSql(name))).map((row) => ({
    number: Number(requireText(row, "number")),
    name: requireText(row, "name"),
    type: requireText(row, "type"),
    base: requireText(row, "base"),
    isBuiltIn: requireBoolean(row, "is_built_in"),
    isEnum: requireBoolean(row, "is_enum"),
    generated: requireText(row, "generated"),
  }));
}

interface ColumnPair {
  readonly column: Column;
  readonly other: Column;
}

/** The key's columns as both servers order them; `[]` when they do not order them alike. */
function keyOn(key: readonly KeyColumn[], pairs: readonly ColumnPair[]): readonly KeyColumn[] {
  const found = key.flatMap((each): readonly KeyColumn[] => {
    const { column, other } = pairs.find(({ column }) => column.name === each.name) ?? {};
    if (column === undefined || other === undefined || !column.isBuiltIn || !other.isBuiltIn) return [];
    const types = [column.base, other.base];
    if (types.every((type) => TEXTS.has(type))) {
      return [{ ...each, type: "text", isCollated: false, isOrderedByBytes: true }];
    }
    if (types.every((type) => INTEGERS.has(type))) {
      return [{ ...each, type: column.base === other.base ? each.type : "bigint" }];
    }
    if (column.type !== other.type) return [];
    return [each.isCollated ? { ...each, isCollated: false, isOrderedByBytes: true } : each];
  });
  return found.length === key.length ? found : [];
}

/** A column of the publisher as the subscriber shows it when it has applied it. */
function publishedValue({ column, other }: ColumnPair): string {
  if (column.type === other.type) return `t.${quoted(column.name)}`;
  const isSameBase = column.base === other.base && column.isBuiltIn === other.isBuiltIn;
  const isSetting = !isSameBase && [column, other].some(({ base }) => SETTING_TYPES.has(base));
  if (isSetting || !(other.isBuiltIn || other.isEnum || isSameBase)) {
    throw new InconclusiveError(
      "failed",
      `Column ${
        quoted(column.name)
      } is ${column.type} on the publisher and ${other.type} on the subscriber: their texts are ` +
        "not comparable",
    );
  }
  return other.isBuiltIn ? `${sentText(column)}::${other.type}` : sentText(column);
}

/** The text that is sent: a cast to text would give some types another. */
function sentText({ name }: Column): string {
  const column = `t.${quoted(name)}`;
  return `CASE WHEN ${column} IS NOT NULL THEN pg_catalog.format('%s', ${column}) END`;
}

function absent(column: Column, { subscriber }: SubscriptionEnds): never {
  throw new InconclusiveError(
    "failed",
    `Column ${quoted(column.name)} is published, and missing on ${subscriber.where}`,
  );
}

function skipped(reason: string): InconclusiveError {
  return new InconclusiveError("skipped", reason);
}
