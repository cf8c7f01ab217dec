/**
 * The report: everything that is shown to a person or a script, in one typed model. JSON is this model as it is; text,
 * page and terminal are rendered from it, so they cannot disagree.
 *
 * `schema.ts` describes every key. Keys carry their unit. Instants are Unix seconds (`…_unix_seconds`) of the exporter's
 * clock or ISO 8601 text in UTC. `null` means unknown, never 0. Version 1 only ever gains keys; a change of what a key
 * means is a new version.
 *
 * @module
 */
import type { reportSchema } from "./schema.ts";

/** Version of the model. */
export const REPORT_VERSION = 1;

/** States of a standby, a cluster or a whole report, best first; unknown is never healthy. */
export const STATUSES = ["healthy", "unknown", "warning", "critical"] as const;

/** One of {@linkcode STATUSES}. */
export type Status = typeof STATUSES[number];

/**
 * How a check ended: it raised findings; all it looks at is fine; it is fine where it could look; it could look nowhere;
 * there is nothing here that it could look at.
 */
export const CHECK_OUTCOMES = ["found", "fine", "partly_fine", "not_checked", "does_not_apply"] as const;

/** One of {@linkcode CHECK_OUTCOMES}. */
export type CheckOutcome = typeof CHECK_OUTCOMES[number];

/** One of a list of words, or one that a later release has added: a reader shows it unchanged. */
export type Word<T extends string> = T | (string & Record<never, never>);

/** A type with all its keys and lists read-only, at every depth. */
export type ReadonlyDeep<T> = T extends string | number | boolean | null ? T
  : { readonly [K in keyof T]: ReadonlyDeep<T[K]> };

/** The whole report. */
export type Report = ReadonlyDeep<ReturnType<(typeof reportSchema)["parse"]>>;

/** One cluster. */
export type ReportCluster = Report["clusters"][number];

/** One server. */
export type ReportServer = ReportCluster["servers"][number];

/** The primary of a cluster. */
export type ReportPrimary = NonNullable<ReportCluster["primary"]>;

/** One row of `pg_stat_replication`. */
export type ReportReplica = NonNullable<ReportPrimary["replicas"]>[number];

/** One standby. */
export type ReportStandby = ReportCluster["standbys"][number];

/** The lag of a standby at one moment. */
export type ReportLagPoint = ReportStandby["lag_history"][number];

/** A standby and its upstream. */
export type ReportEdge = ReportCluster["edges"][number];

/** One replication slot. */
export type ReportSlot = ReportCluster["slots"][number];

/** Synchronous commit on the primary. */
export type ReportSynchronous = NonNullable<ReportCluster["synchronous"]>;

/** The latest consistency check of one table on one standby. */
export type ReportConsistency = ReportCluster["consistency"][number];

/** One subscription. */
export type ReportSubscription = Report["subscriptions"][number];

/** An open transaction. */
export type ReportTransaction = NonNullable<ReportSubscription["blocked_by"]>;

/** The manager of a cluster. */
export type ReportManager = NonNullable<ReportCluster["manager"]>;

/** Standbys, counted. */
export type ReportSummary = Report["summary"];

/** One diagnosis. */
export type ReportFinding = Report["findings"][number];

/** One check. */
export type ReportCheck = Report["checks"][number];

/** A server that a check could not look at. */
export type ReportCheckGap = ReportCheck["not_checked"][number];

/** Something that happened. */
export type ReportEvent = Report["events"][number];
