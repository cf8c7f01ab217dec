import { quoteName, quoteText } from "../../domain/sql_text.ts";
import { hostAndPort, serverNamed } from "../findings/view_queries.ts";
import { RELOAD_COMMAND, slotOfOld, stepPlaceOf, type StepsInput } from "./commands.ts";
import { awaitedBy, copyIn, nameOfConsumer } from "./consumers.ts";
import type { ConsumerOutlook, PreflightStep } from "./preflight.ts";
import { lowered } from "./preflight_context.ts";

/** Keeps what is not known of a connection string. */
const CONNINFO_REST =
  "-- keep password, sslmode and other parameters from SELECT subconninfo FROM pg_subscription (as a superuser)";

/**
 * Before the primary is stopped: the copies are looked at once more.
 *
 * @param input What is known.
 */
export function lookAtCopies({ context, consumers }: StepsInput): readonly PreflightStep[] {
  const slots = consumers.filter(({ fate }) => fate === "repoint").map(({ slot }) => quoteText(slot));
  const empty: readonly PreflightStep[] = awaitedBy(context.candidate).length === 0 ? [] : [{
    title: "Let consumers of logical slots wait for no standby until one streams",
    where: stepPlaceOf(context.candidate),
    commands: ["ALTER SYSTEM SET synchronized_standby_slots = '';", RELOAD_COMMAND],
    expect: "",
  }];
  if (slots.length === 0) return [];
  return [...empty, {
    title: "Check that the logical slots would survive",
    where: stepPlaceOf(context.candidate),
    commands: [
      "SELECT slot_name, synced AND NOT temporary AND invalidation_reason IS NULL AS survives FROM pg_replication_slots " +
      `WHERE slot_name IN (${slots.join(", ")});`,
    ],
    expect: `${
      slots.length === 1 ? "one row" : `${slots.length} rows`
    }, t; otherwise stop here, and see the points above`,
  }];
}

/**
 * After the promotion, before the old primary comes back: every consumer is led to the promoted server.
 *
 * @param input What is known.
 */
export function leadConsumers(input: StepsInput): readonly PreflightStep[] {
  return [
    ...input.consumers.flatMap((consumer) => leadConsumer(input, consumer)),
    ...checkOwn(input),
  ];
}

function leadConsumer({ context }: StepsInput, consumer: ConsumerOutlook): readonly PreflightStep[] {
  const { candidate } = context;
  const { fate, slot, subscription, publishedDatabase } = consumer;
  const isActive =
    `on "${candidate.server}": SELECT slot_name, active FROM pg_replication_slots WHERE slot_name = ` +
    `${quoteText(slot)}; shows t`;
  if (fate === "goes_on") return [];
  if (consumer.consumer === "change_data_capture") {
    return [{
      title: fate === "repoint" || fate === "unknown"
        ? `Give the CDC connector or program that reads slot "${slot}" the new address`
        : `Give the CDC connector or program that reads slot "${slot}" the new address, and let it create the slot and take a ` +
          "new snapshot",
      where: "each CDC connector",
      commands: [],
      expect: isActive,
    }];
  }
  const name = subscription === null ? "NAME" : quoteName(subscription);
  const conninfo = `${hostAndPort(candidate)} dbname=${publishedDatabase ?? "..."} user=${
    consumer.user || "..."
  }`;
  const where = placeOfConsumer(context, consumer);
  if (fate === "copy_anew" || fate === "loses_data") {
    const copy = copyAnew(consumer, { where, name, conninfo, candidate: candidate.server, isActive });
    return fate === "copy_anew" ? [copy] : [{
      title: `Drop the copy of slot "${slot}" that "${candidate.server}" has`,
      where: stepPlaceOf(candidate),
      risk: {
        because: "The subscription cannot go on with it, and the next step makes a new one of that name",
        check: "that the points above still say that it loses data",
        loses: "the subscription must be copied again, as in the next step",
      },
      commands: [`SELECT pg_drop_replication_slot(${quoteText(slot)});`],
      expect: "",
    }, copy];
  }
  return [{
    title:
      `Lead ${
        lowered(nameOfConsumer(consumer))
      } to "${candidate.server}", unless its connection string does so by itself` +
      (fate === "unknown" ? "; compare its tables afterwards" : ""),
    where,
    commands: [`ALTER SUBSCRIPTION ${name} CONNECTION ${quoteText(conninfo)}; ${CONNINFO_REST}`],
    expect: isActive,
  }];
}

function placeOfConsumer({ view }: StepsInput["context"], { server, database }: ConsumerOutlook): string {
  const subscriber = serverNamed(view, server);
  return subscriber === null ? "each subscriber" : `${stepPlaceOf(subscriber)}, database ${database}`;
}

/** What psql runs with \gexec is made of the catalogue, so that no table is forgotten. */
function copyAnew(
  { subscription, publications, fate, slot }: ConsumerOutlook,
  { where, name, conninfo, candidate, isActive }: {
    readonly where: string;
    readonly name: string;
    readonly conninfo: string;
    readonly candidate: string;
    readonly isActive: string;
  },
): PreflightStep {
  const named = subscription === null ? "'NAME'" : quoteText(subscription);
  const published = publications.length === 0 ? "..." : publications.map(quoteName).join(", ");
  return {
    title: subscription === null
      ? `Copy the subscription that reads slot "${slot}" again from "${candidate}"; a CDC connector needs a new snapshot instead`
      : `Copy subscription "${subscription}" again from "${candidate}"`,
    where,
    risk: {
      because: fate === "loses_data"
        ? `Subscriber and "${candidate}" differ by what only the old primary had`
        : "Without its slot it is unknown which changes it lacks",
      check:
        "that nothing but the subscription writes to these tables, and that they may be empty while they are copied",
      loses: "rows that only the subscriber has in them are lost",
    },
    commands: [
      `ALTER SUBSCRIPTION ${name} DISABLE;`,
      `ALTER SUBSCRIPTION ${name} SET (slot_name = NONE);`,
      "SELECT 'TRUNCATE ' || string_agg(srrelid::regclass::text, ', ') FROM pg_subscription_rel JOIN pg_subscription AS s " +
      `ON s.oid = srsubid WHERE subname = ${named} \\gexec`,
      `DROP SUBSCRIPTION ${name};`,
      `CREATE SUBSCRIPTION ${name} CONNECTION ${
        quoteText(conninfo)
      } PUBLICATION ${published}; -- with its password and other options`,
    ],
    expect: `${isActive}, and in pg_subscription_rel all tables reach state r`,
  };
}

/** Settings that a standby of the promoted server needs for copies of its slots. */
export const SLOT_SYNC_LINES: readonly string[] = [
  `echo "sync_replication_slots = on" >> "$PGDATA/postgresql.auto.conf"`,
  `echo "hot_standby_feedback = on" >> "$PGDATA/postgresql.auto.conf"`,
];

/** Whether slots of the primary are synchronized, so that they are to be synchronized the other way round. */
export function synchronizesSlots({ context, consumers }: StepsInput): boolean {
  return consumers.some(({ fate, slot }) =>
    fate === "repoint" && copyIn(context, slot)?.copy?.synced === true
  );
}

/**
 * Once the old primary streams, consumers wait for it if they did for a standby before.
 *
 * @param input What is known.
 */
export function guardConsumers(input: StepsInput): readonly PreflightStep[] {
  const { context: { candidate, primary } } = input;
  if (primary === null || awaitedBy(primary).length === 0 || !synchronizesSlots(input)) return [];
  return [{
    title:
      `Once "${primary.server}" streams, let consumers of logical slots wait for it, as they did for a standby before`,
    where: stepPlaceOf(candidate),
    commands: [
      `ALTER SYSTEM SET synchronized_standby_slots = ${quoteText(slotOfOld(primary))};`,
      RELOAD_COMMAND,
    ],
    expect: "",
  }];
}

function checkOwn({ context, consumers }: StepsInput): readonly PreflightStep[] {
  const names = consumers.filter(({ fate }) => fate === "goes_on").map(({ subscription }) => subscription);
  if (names.length === 0) return [];
  return [{
    title: `Check that "${context.candidate.server}" applies its subscriptions`,
    where: stepPlaceOf(context.candidate),
    commands: ["SELECT subname, pid, latest_end_lsn FROM pg_stat_subscription WHERE relid IS NULL;"],
    expect:
      "each has a pid; if one has none, its publisher does not let this host in (pg_hba.conf), or no worker is left " +
      "(max_logical_replication_workers)",
  }];
}
