/**
 * The keys of a subscription in the report, with type and meaning.
 *
 * @module
 */
import { z } from "zod";
import {
  PUBLISHER_EVIDENCE,
  SUBSCRIPTION_LAG_SOURCES,
  SUBSCRIPTION_LAG_UNKNOWN_REASONS,
  SUBSCRIPTION_REASONS,
} from "../domain/subscription.ts";
import {
  amountOrNull,
  countOrNull,
  flag,
  flagOrNull,
  lagHourSchema,
  list,
  lsnOrNull,
  numberOrNull,
  object,
  statusWord,
  string,
  strings,
  word,
  wordOrNull,
} from "./schema_types.ts";

const publisherSchema = object("ReportPublisher", "The publisher's end of a subscription.", {
  server: string("Server that has the slot, or had it."),
  cluster: string('Configured name of its cluster; "" when none.'),
  joined_by: word(PUBLISHER_EVIDENCE, "What identifies the pair."),
});

const transactionSchema = object("ReportTransaction", "An open transaction.", {
  by: string('Process ID, or the identifier of a prepared transaction; "" when unknown.'),
  is_prepared: flag("Whether it is a prepared transaction, which has no process."),
  user: string('Its role; "" when unknown.'),
  application_name: string('Its `application_name`; "" when unset or unknown.'),
  seconds: amountOrNull("How long it has been open, seconds; null when unknown."),
});

const tableCopySchema = object("ReportTableCopy", "The initial copy of a table that is under way.", {
  table: string("OID of the table, in the database of the subscription."),
  rows: countOrNull("Rows copied so far (14 and later); null when unknown."),
  bytes: countOrNull("Bytes copied so far (14 and later); null when unknown."),
  seconds: amountOrNull("How long its worker has run, seconds; null when unknown."),
  blocked_by: transactionSchema.nullable().describe(
    "Who holds the lock it waits for; null when it waits for none.",
  ),
});

/**
 * One subscription.
 *
 * @ignore Its type is the validator's own.
 */
export const subscriptionSchema = object("ReportSubscription", "One subscription, from both of its ends.", {
  id: string("Its identity within the report: server, database and name."),
  server: string("Server that has it."),
  cluster: string('Configured name of the cluster of that server; "" when none.'),
  name: string("`subname`."),
  series: string(
    "Label `subscription` of its metrics: the name, with `#2` and so on where several databases have it.",
  ),
  database: string("Its database."),
  publications: strings("`subpublications`."),
  enabled: flag("`subenabled`, as last read."),
  status: statusWord("Its status."),
  status_reasons: strings("Reasons for the status, one sentence each; empty when healthy."),
  publisher: publisherSchema.nullable().describe(
    "The publisher's end; null when no watched server is known to have its slot.",
  ),
  publisher_unknown_because: string('Why there is none, in one sentence; "" when there is.'),
  slot: string('`subslotname`; "" for NONE.'),
  slot_retained_bytes: amountOrNull(
    "WAL that its slot retains, bytes: that is no lag, and not 0 when all is applied; null when unknown.",
  ),
  slot_lost_in_seconds: amountOrNull(
    "Seconds until its slot is lost at the current rate; 0 when lost; null when no limit or no growth is known.",
  ),
  reason: wordOrNull(SUBSCRIPTION_REASONS, "What it does, or what holds it back; null when unknown."),
  reason_text: string('The same in one sentence; "" when unknown.'),
  stands_since_unix_seconds: numberOrNull(
    "Since when nothing is applied although there is WAL to apply; null while it moves, or when unknown.",
  ),
  lag_seconds: amountOrNull(
    "Seconds since the publisher's WAL passed what is applied; 0 when all that is published is; null when unknown.",
  ),
  lag_bytes: amountOrNull(
    "WAL from what is applied to the end of the publisher's, bytes; null when unknown.",
  ),
  lag_source: wordOrNull(
    SUBSCRIPTION_LAG_SOURCES,
    "Source of `lag_seconds`; `upper_bound`: the WAL since then may hold nothing that is published. null when unknown.",
  ),
  lag_unknown_reason: wordOrNull(
    SUBSCRIPTION_LAG_UNKNOWN_REASONS,
    "Why `lag_seconds` is unknown; null when it is known.",
  ),
  lag_unknown_because: string('The same in one sentence; "" when it is known.'),
  sent_lag_bytes: amountOrNull(
    "From the publisher's position to `sent_lsn` of its sender, bytes; null when unknown.",
  ),
  received_lag_bytes: amountOrNull(
    "From the publisher's position to `received_lsn`, bytes; null when unknown.",
  ),
  confirmed_lag_bytes: amountOrNull(
    "From the publisher's position to the furthest that is confirmed, bytes; null when unknown.",
  ),
  applied_lsn: lsnOrNull(
    "Furthest position of the publisher it is known to have applied; null when never known.",
  ),
  apply_bytes_per_second: amountOrNull(
    "WAL of the publisher it confirmed recently, bytes per second; null when unknown.",
  ),
  catch_up_seconds: amountOrNull("Seconds until caught up; 0 when so; null when falling behind or unknown."),
  falling_behind: flagOrNull("Whether it applies more slowly than the publisher writes; null when unknown."),
  tables: z.record(z.string(), z.number().int().nonnegative()).nullable().describe(
    "Its tables by `srsubstate` (`r`: ready); null where they were not read.",
  ),
  total_tables: countOrNull("Number of its tables; null where they were not read."),
  ready_tables: countOrNull(
    "How many of them are in sync with the publisher; null where they were not read.",
  ),
  copies: list(tableCopySchema, "Initial copies of tables that are under way."),
  apply_errors: countOrNull(
    "`apply_error_count` (15 and later): errors while applying, lost connections among them; null when unknown.",
  ),
  copy_errors: countOrNull("`sync_error_count` (15 and later): errors of initial copies; null when unknown."),
  recent_errors: countOrNull(
    "Errors while applying in the last minute, or since nothing is applied; null when unknown.",
  ),
  conflicts: z.record(z.string(), z.number().int().nonnegative()).nullable().describe(
    "Conflicts by kind (18 and later); null when unknown.",
  ),
  total_conflicts: countOrNull("Their sum; null when unknown."),
  blocked_by: transactionSchema.nullable().describe(
    "Who holds the lock that it waits for; null when it waits for none, or that is unknown.",
  ),
  held_by: transactionSchema.nullable().describe(
    "The transaction on the publisher that holds its slot; null when none does.",
  ),
  lag_last_hour: lagHourSchema.nullable().describe(
    "How long it was within the warning lag; null without samples: one look at the servers takes none.",
  ),
});
