/**
 * Faults of logical replication, imposed on a pair whose publisher keeps writing, and what must be said of each.
 *
 * @module
 */
import { SUBSCRIPTION } from "../../compose/lab/app_database.ts";
import { injectFault } from "../../compose/lab/fault_catalogue.ts";
import type { SubscriptionReason } from "../../src/domain/subscription.ts";
import type { LogicalStage } from "./logical_stage.ts";

type Reasons = SubscriptionReason | readonly SubscriptionReason[];

/** A fault of a subscription. */
export interface LogicalFault {
  /** Its name on the command line and in the table. */
  readonly id: string;
  /** Title on the page. */
  readonly title: string;
  /** The first major version that has it; 13 when not given. */
  readonly since?: number;
  /** The expected `pgrepl_subscription_reason`, or several that are as right; by major version where it differs. */
  readonly reason: Reasons | ((major: number) => Reasons);
  /** Seconds until the reason must be reported. */
  readonly within: number;
  /** Seconds after which it ends by itself with PostgreSQL's defaults; it lasts until it is undone when not given. */
  readonly endsAfter?: number;
  /** Seconds it must be looked at, when more than a few after its reason must be reported. */
  readonly lasts?: number;
  /** What an exporter says that was started meanwhile, if not the same; null: nothing. */
  readonly afresh?: SubscriptionReason | null;
  /** Findings of severity warning or worse that it raises, `check severity`, all of them; by major version where they differ. */
  readonly found: readonly string[] | ((major: number) => readonly string[]);
  /** Findings until it is told apart, besides that nothing reads the slot. */
  readonly meanwhile?: readonly string[];
  /** Whether the lag is 0 in truth: what is published is applied. */
  readonly keepsUp?: boolean;
  /** Whether the subscriber cannot be read meanwhile. */
  readonly blinds?: boolean;
  /** Whether nothing is written to the published tables meanwhile. */
  readonly isQuiet?: boolean;
  /** Why the lag is unknown meanwhile; it is known when not given. */
  readonly unknown?: string;
  /** Imposes it; returns what undoes it. */
  impose(stage: LogicalStage): Promise<() => Promise<unknown>>;
}

/** A fault of the lab, undone as its line says. */
function lab(request: string): LogicalFault["impose"] {
  return async ({ pair: { publisher } }) => {
    const line = await injectFault(publisher, request.split(" "));
    const undo = /; undo: (.*)$/.exec(line)?.[1];
    if (undo === undefined) throw new Error(`The line of ${request} has no undo`);
    return () => injectFault(publisher, undo.split(" "));
  };
}

/** Slows a table of the subscriber down: a trigger sleeps at each row for which the condition holds. */
async function slowTable(
  { pair }: LogicalStage,
  { table, when, seconds }: { readonly table: string; readonly when: string; readonly seconds: number },
): Promise<() => Promise<void>> {
  await pair.subscribe(`
    CREATE OR REPLACE FUNCTION slow_${table}() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_sleep(${seconds}); RETURN NEW; END';
    CREATE TRIGGER slow BEFORE INSERT ON ${table} FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION slow_${table}();
    ALTER TABLE ${table} ENABLE ALWAYS TRIGGER slow`);
  return () => pair.subscribe(`DROP TRIGGER slow ON ${table}`);
}

/** Errors are counted since 15; on 14 what is decoded again shows them, on 13 nothing does, and it connects for moments. */
function failing(major: number): Reasons {
  return major >= 14 ? "apply_error" : ["disconnected", "streaming"];
}

function failingFound(major: number): readonly string[] {
  return major >= 14 ? ["subscription_failing critical"] : ["subscription_disconnected warning"];
}

/** Findings while a server stops and starts. */
const RESTARTING = ["connection_refused critical", "network_unreachable critical", "server_starting warning"];

/** Every fault; those of one kind have one number. */
export const LOGICAL_FAULTS: readonly LogicalFault[] = [
  {
    id: "L0",
    title: "No fault, the publisher writes",
    reason: "streaming",
    within: 3,
    found: [],
    keepsUp: true,
    impose: () => Promise.resolve(() => Promise.resolve()),
  },
  {
    id: "L1",
    title: "No fault, the publisher is idle",
    // The publisher writes now and then by itself.
    reason: ["idle", "streaming"],
    within: 5,
    found: [],
    keepsUp: true,
    isQuiet: true,
    impose: () => Promise.resolve(() => Promise.resolve()),
  },
  {
    id: "L2",
    title: "Subscription disabled",
    reason: "disabled",
    within: 3,
    found: ["subscription_disabled warning"],
    impose: lab("disable-subscription"),
  },
  {
    id: "L2b",
    title: "Subscription disabled, and only WAL that is not published is written",
    reason: "disabled",
    within: 3,
    found: ["subscription_disabled warning"],
    keepsUp: true,
    isQuiet: true,
    async impose(stage) {
      const undo = [await lab("disable-subscription")(stage), await lab("quiet-noise")(stage)];
      return async () => {
        for (const each of undo) await each();
      };
    },
  },
  {
    id: "L3",
    title: "Apply fails at a row that exists, again and again",
    reason: failing,
    within: 15,
    found: failingFound,
    impose: lab("break-apply"),
  },
  {
    id: "L4",
    title: "Disabled by an error (`disable_on_error`)",
    since: 15,
    reason: "disabled_by_error",
    within: 3,
    found: ["subscription_disabled critical"],
    impose: lab("disable-by-error"),
  },
  {
    id: "L5",
    title: "A column is missing on the subscriber",
    reason: failing,
    within: 15,
    found: failingFound,
    impose: lab("missing-column"),
  },
  {
    id: "L6",
    title: "Apply waits for a lock",
    reason: "blocked",
    within: 3,
    found: ["subscription_blocked warning"],
    impose: lab("block-apply"),
  },
  {
    id: "L7",
    title: "A transaction on the publisher stays open",
    reason: "streaming",
    within: 3,
    found: [],
    keepsUp: true,
    impose: lab("long-transaction"),
  },
  {
    id: "L8",
    title: "Link cut",
    reason: "disconnected",
    within: 3,
    found: ["subscription_disconnected warning"],
    impose: lab("cut subscriber"),
  },
  {
    id: "L9",
    title: "Link stalled, half open",
    reason: "half_open",
    within: 13,
    found: ["subscription_disconnected warning"],
    impose: lab("stall subscriber"),
  },
  {
    id: "L10",
    title: "A large transaction takes long to apply",
    reason: "streaming",
    within: 3,
    // Longer than the silence that shows a half-open link.
    lasts: 14,
    found: [],
    async impose(stage) {
      const fast = await slowTable(stage, {
        table: "payments",
        when: "NEW.order_id % 500 = 0",
        seconds: 0.09,
      });
      await stage.pair.publish(
        "INSERT INTO payments (order_id, amount) SELECT n, 1 FROM generate_series(1, 100000) n",
      );
      return fast;
    },
  },
  {
    id: "L11",
    title: "The initial copy of a table is under way",
    reason: "copying",
    within: 3,
    found: [],
    keepsUp: true,
    async impose(stage) {
      const { pair } = stage;
      for (const side of ["publish", "subscribe"] as const) {
        await pair[side]("DROP TABLE IF EXISTS bulk; CREATE TABLE bulk (id int PRIMARY KEY)");
      }
      await pair.publish("INSERT INTO bulk SELECT generate_series(1, 12000)");
      await pair.publish("ALTER PUBLICATION app_pub ADD TABLE bulk");
      await slowTable(stage, { table: "bulk", when: "NEW.id % 50 = 0", seconds: 0.08 });
      await pair.subscriberFaults.refresh();
      return () =>
        pair.untilCaughtUp().then(async () => {
          await pair.publish("ALTER PUBLICATION app_pub DROP TABLE bulk");
          await pair.subscriberFaults.refresh();
        });
    },
  },
  {
    id: "L11a",
    title: "The initial copy of a table waits for a lock",
    reason: "blocked",
    within: 3,
    found: ["subscription_blocked warning"],
    keepsUp: true,
    impose: lab("block-copy"),
  },
  {
    id: "L11c",
    title: "The initial copy of a table fails, again and again",
    // Before 15 nothing counts the errors, and between two tries there is nothing to see in another database.
    reason: (major) => major >= 15 ? "copy_error" : ["copying", "streaming"],
    within: 8,
    found: (major) => major >= 15 ? ["subscription_failing critical"] : [],
    keepsUp: true,
    impose: lab("break-copy"),
  },
  {
    id: "L12",
    title: "A published table is missing on the subscriber",
    reason: failing,
    within: 15,
    found: failingFound,
    impose: lab("missing-table"),
  },
  {
    id: "L13",
    title: "Rows that are changed are missing on the subscriber",
    reason: (major) => major >= 18 ? "conflict" : "streaming",
    within: 3,
    // Only an increase is told, for a minute.
    afresh: "streaming",
    found: (major) => major >= 18 ? ["subscription_conflicts warning"] : [],
    keepsUp: true,
    impose: lab("missing-rows"),
  },
  {
    id: "L16",
    title: "Only WAL that is not published is written",
    reason: "streaming",
    within: 3,
    found: [],
    keepsUp: true,
    isQuiet: true,
    impose: lab("quiet-noise"),
  },
  {
    id: "L17",
    title: "A transaction is prepared and not committed",
    since: 15,
    reason: "streaming",
    within: 3,
    found: [],
    keepsUp: true,
    impose: lab("prepared-transaction"),
  },
  {
    id: "L-workers",
    title: "No worker is left",
    reason: "no_worker",
    within: 5,
    found: ["subscription_disconnected warning"],
    meanwhile: RESTARTING,
    impose: lab("fill-workers"),
  },
  {
    id: "L-kill",
    title: "Subscriber killed",
    reason: "unreachable",
    within: 5,
    // Who never saw the subscriber knows of no subscription.
    afresh: null,
    found: ["connection_refused critical"],
    meanwhile: RESTARTING,
    blinds: true,
    impose: lab("kill subscriber"),
  },
  {
    id: "L-freeze",
    title: "Subscriber frozen, connections stay open",
    reason: "half_open",
    within: 15,
    afresh: null,
    found: ["server_silent critical"],
    meanwhile: ["network_unreachable critical"],
    blinds: true,
    impose: lab("freeze subscriber"),
  },
  {
    id: "L-publisher",
    title: "Publisher killed",
    reason: "publisher_gone",
    within: 5,
    found: ["connection_refused critical"],
    meanwhile: RESTARTING,
    keepsUp: true,
    isQuiet: true,
    unknown: "publisher_unreachable",
    // Who never saw the publisher does not know that the slot was its.
    afresh: "disconnected",
    impose: lab("kill primary"),
  },
  {
    id: "L-restart",
    title: "Publisher restarted",
    reason: "streaming",
    within: 8,
    found: [],
    meanwhile: RESTARTING,
    keepsUp: true,
    unknown: "publisher_unreachable",
    // The subscriber tries again every wal_retrieve_retry_interval, 5 s.
    endsAfter: 3,
    async impose({ pair }) {
      await pair.publisher.faults.restart(pair.publisher.primary);
      return () => pair.untilCaughtUp();
    },
  },
  {
    id: "L20",
    title: "The slot is lost",
    reason: "slot_lost",
    within: 5,
    found: ["slot_lost critical"],
    impose: lab(`lose-logical-slot ${SUBSCRIPTION}`),
  },
  {
    id: "L-dropped",
    title: "The slot is dropped",
    reason: "slot_missing",
    within: 5,
    // Who never saw the slot does not know whose it was.
    afresh: "disconnected",
    found: ["subscription_slot_missing critical"],
    unknown: "slot_missing",
    impose: lab("drop-logical-slot"),
  },
];

/** What must be said of a fault on a major version. */
export function expectedOf(
  { reason, found }: LogicalFault,
  major: number,
): { readonly reasons: readonly SubscriptionReason[]; readonly found: readonly string[] } {
  const reasons = typeof reason === "function" ? reason(major) : reason;
  return {
    reasons: typeof reasons === "string" ? [reasons] : reasons,
    found: typeof found === "function" ? found(major) : found,
  };
}
