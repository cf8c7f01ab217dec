/**
 * What the catalogues of one database say of logical replication: what it publishes, what it subscribes to, and the tables
 * concerned.
 *
 * @module
 */
import type { TableName } from "./table_name.ts";

/** A column of a table (`pg_attribute`). */
export interface CatalogueColumn {
  /** `attname`. */
  readonly name: string;
  /** Its type, as SQL. */
  readonly type: string;
  /** `attnotnull`. */
  readonly isNotNull: boolean;
  /** `attgenerated`: stored (12+), virtual (18+); "" for an ordinary column. */
  readonly generated: "" | "stored" | "virtual";
  /** Whether it has a default, or is an identity column. */
  readonly hasDefault: boolean;
}

/** `relreplident`: what of an old row is written to WAL. */
export type ReplicaIdentity = "default" | "index" | "full" | "nothing";

/** A table that is published or subscribed. */
export interface CatalogueTable extends TableName {
  /** Whether it is partitioned. */
  readonly isPartitioned: boolean;
  /** Whether all its partitions have a usable replica identity; null when it has none. */
  readonly hasIdentifiedPartitions: boolean | null;
  /** Names of the partitioned tables that it is a partition of, directly or not. */
  readonly roots: readonly string[];
  /** Its replica identity. */
  readonly identity: ReplicaIdentity;
  /**
   * Columns of the index of its replica identity, or of its primary key where the identity is no index; empty when there
   * is no such index, or it is deferrable or not valid.
   */
  readonly key: readonly string[];
  /** Name of an index that could be its replica identity; null when there is none. */
  readonly candidateIndex: string | null;
  /** Its columns in order. */
  readonly columns: readonly CatalogueColumn[];
}

/** A table of a publication. */
export interface PublishedTable {
  /** Its name, quoted where needed. */
  readonly table: string;
  /** Names of the columns of its column list (15+); null without one: all columns. */
  readonly columns: readonly string[] | null;
  /** Whether it has a row filter (15+). */
  readonly hasRowFilter: boolean;
}

/** A publication (`pg_publication`). */
export interface Publication {
  /** `pubname`. */
  readonly name: string;
  /** `puballtables`. */
  readonly hasAllTables: boolean;
  /** What is published: insert, update, delete, truncate. */
  readonly actions: readonly string[];
  /** `pubviaroot`: changes of partitions are published as those of the partitioned table. */
  readonly viaRoot: boolean;
  /** Whether stored generated columns are published (`pubgencols`, 18+). */
  readonly publishesGenerated: boolean;
  /** Its tables: those whose changes are published under their own name. */
  readonly tables: readonly PublishedTable[];
}

/** States of a table in a subscription by `pg_subscription_rel.srsubstate`. */
export const SUBSCRIBED_TABLE_STATES = {
  i: "initialize",
  d: "copying",
  f: "finished_copying",
  s: "synchronized",
  r: "ready",
} as const;

/** One of {@linkcode SUBSCRIBED_TABLE_STATES}. */
export type SubscribedTableState = typeof SUBSCRIBED_TABLE_STATES[keyof typeof SUBSCRIBED_TABLE_STATES];

/** A subscription and its tables (`pg_subscription_rel`). */
export interface SubscribedTables {
  /** `subname`. */
  readonly subscription: string;
  /** Whether values are sent in binary form (`subbinary`, 14+). */
  readonly isBinary: boolean;
  /** State of each table by its name. */
  readonly tables: ReadonlyMap<string, SubscribedTableState>;
}

/** A sequence. */
export interface CatalogueSequence {
  /** Its schema, unquoted. */
  readonly schema: string;
  /** Its name with its schema, quoted where needed. */
  readonly sequence: string;
  /** `last_value`; null when it was never used, or may not be read. */
  readonly lastValue: bigint | null;
  /** Whether its values descend. */
  readonly isDescending: boolean;
  /** Whether the role may read it. */
  readonly isReadable: boolean;
}

/** What was read of one database. */
export interface DatabaseContent {
  /** When: our monotonic seconds. */
  readonly readAt: number;
  /** Duration of the reading, login included, seconds. */
  readonly durationSeconds: number;
  /** The role that read it. */
  readonly user: string;
  /** What it publishes. */
  readonly publications: readonly Publication[];
  /** What it subscribes to. */
  readonly subscriptions: readonly SubscribedTables[];
  /** Tables that are published or subscribed, by name. */
  readonly tables: ReadonlyMap<string, CatalogueTable>;
  /** Names of its other tables; empty without a subscription. */
  readonly otherTables: ReadonlySet<string>;
  /** Sequences in the schemas of those tables; null when they could not be read. */
  readonly sequences: readonly CatalogueSequence[] | null;
  /** Whether it has more tables than are read: one that is absent here may exist. */
  readonly isPartial: boolean;
}

/** A database with publications or subscriptions. */
export interface DatabaseCatalogue {
  /** Name of the server. */
  readonly server: string;
  /** Name of the database. */
  readonly database: string;
  /** What was last read; null before the first success. */
  readonly content: DatabaseContent | null;
  /** Why the latest attempt failed, a sentence; null when it did not. */
  readonly failedBecause: string | null;
}
