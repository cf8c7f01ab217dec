/** The faults of logical replication by name, for `deno task lab fault NAME`. */
import { CDC_SLOT, SUBSCRIPTION } from "./app_database.ts";
import { type FaultDefinition, numberOf, undo } from "./fault_definition.ts";
import type { LogicalCluster } from "./logical.ts";
import type { Streaming } from "./publisher_faults.ts";
import type { Cluster } from "./topology.ts";

const STREAMING: readonly Streaming[] = ["off", "on", "parallel"];
const SLOTS = [SUBSCRIPTION, CDC_SLOT] as const;

function logicalOf(cluster: Cluster): LogicalCluster {
  if (cluster.logical !== null) return cluster.logical;
  throw new RangeError("This lab has no subscriber: start one with up --logical");
}

/** A fault without a server: what it does, and the line that follows it. */
function fault(
  definition: Pick<FaultDefinition, "name" | "help"> & { readonly parameters?: readonly string[] },
  run: (logical: LogicalCluster, argument: string | undefined) => Promise<string>,
): FaultDefinition {
  return {
    parameters: [],
    ...definition,
    defaultServer: "",
    run: (cluster, _server, argument) => run(logicalOf(cluster), argument),
  };
}

/** Reads an argument that is one of several words. */
function wordOf<T extends string>(argument: string | undefined, words: readonly T[]): T | undefined {
  const word = words.find((each) => each === argument);
  if (argument !== undefined && word === undefined) {
    throw new RangeError(`Cannot read "${argument}": expected one of ${words.join(", ")}`);
  }
  return word;
}

const SUBSCRIPTION_FAULTS: readonly FaultDefinition[] = [
  fault({ name: "disable-subscription", help: "Disable the subscription" }, async (logical) => {
    await logical.subscriberFaults.disable();
    return `Subscription ${SUBSCRIPTION} is disabled${undo("enable-subscription")}`;
  }),
  fault({ name: "enable-subscription", help: "Enable the subscription" }, async (logical) => {
    await logical.subscriberFaults.enable();
    return `Subscription ${SUBSCRIPTION} is enabled`;
  }),
  fault({
    name: "break-apply",
    help: "Insert a row that the subscriber has already: apply fails, and is tried again and again",
  }, async (logical) => {
    await logical.subscriberFaults.breakApply();
    return `Apply fails at a row of customers that exists${undo("mend-apply")}`;
  }),
  fault({
    name: "disable-by-error",
    help: "The same with disable_on_error (15): the subscription disables itself at the error",
  }, async (logical) => {
    await logical.subscriberFaults.breakApply({ disables: true });
    return `Subscription ${SUBSCRIPTION} has disabled itself at an error${undo("mend-apply")}`;
  }),
  fault(
    { name: "mend-apply", help: "Remove the row that apply fails at, and enable the subscription" },
    async (logical) => {
      await logical.subscriberFaults.mendApply();
      return "The rows that the subscriber had already are removed";
    },
  ),
  fault(
    { name: "missing-column", help: "Add a column on the publisher only: apply fails" },
    async (logical) => {
      await logical.subscriberFaults.missColumn();
      return `payments.note exists only on the publisher${undo("add-column")}`;
    },
  ),
  fault({ name: "add-column", help: "Add the column on the subscriber" }, async (logical) => {
    await logical.subscriberFaults.addColumn();
    return "The subscriber has payments.note";
  }),
  fault({
    name: "missing-table",
    help: "Publish a table that the subscriber does not have: apply fails at its first row",
  }, async (logical) => {
    await logical.subscriberFaults.missTable();
    return `refunds exists only on the publisher${undo("add-table")}`;
  }),
  fault({ name: "add-table", help: "Create the table on the subscriber, and refresh" }, async (logical) => {
    await logical.subscriberFaults.addTable();
    return "The subscriber has refunds";
  }),
  fault(
    { name: "new-table", help: "Publish a table without a refresh: the subscription does not copy it" },
    async (logical) => {
      await logical.subscriberFaults.publishTable();
      return `coupons is published, and not subscribed to${undo("refresh-subscription")}`;
    },
  ),
  fault({ name: "refresh-subscription", help: "Refresh the subscription" }, async (logical) => {
    await logical.subscriberFaults.refresh();
    return `Subscription ${SUBSCRIPTION} is refreshed`;
  }),
  fault({
    name: "block-apply",
    help: "Lock a table on the subscriber in another session: apply waits",
  }, async (logical) => {
    await logical.subscriberFaults.blockApply();
    return `Apply waits for a lock on customers${undo("unblock-apply")}`;
  }),
  fault({ name: "unblock-apply", help: "End that session" }, async (logical) => {
    await logical.subscriberFaults.unlock("customers");
    return "Apply continues";
  }),
  fault({
    name: "block-copy",
    help: "Lock a table on the subscriber before its initial copy: the copy waits",
  }, async (logical) => {
    await logical.subscriberFaults.blockCopy();
    return `The initial copy of imports waits for a lock${undo("unblock-copy")}`;
  }),
  fault({ name: "unblock-copy", help: "End that session" }, async (logical) => {
    await logical.subscriberFaults.unlock("imports");
    return "The copy of imports continues";
  }),
  fault({
    name: "break-copy",
    help: "Copy a table of which the subscriber has a row: the copy fails, and is tried again and again",
  }, async (logical) => {
    await logical.subscriberFaults.breakCopy();
    return `The initial copy of imports fails at a row that exists${undo("mend-copy")}`;
  }),
  fault(
    { name: "mend-copy", help: "Empty the table on the subscriber, so that its copy succeeds" },
    async (logical) => {
      await logical.subscriberFaults.mendCopy();
      return "The subscriber's imports is empty";
    },
  ),
  fault({
    name: "missing-rows",
    help: "Update and delete rows that the subscriber lacks: apply skips them",
  }, async (logical) => {
    await logical.subscriberFaults.missRows();
    return `The subscriber lacks ten customers that were changed${undo("restore-rows")}`;
  }),
  fault({ name: "restore-rows", help: "Write the rows that the subscriber lacks" }, async (logical) => {
    await logical.subscriberFaults.restoreRows();
    return "The subscriber has all customers";
  }),
  fault({
    name: "fill-workers",
    help: "Restart the subscriber with one logical worker, which another subscription takes",
  }, async (logical) => {
    await logical.subscriberFaults.fillWorkers();
    return `There is no worker for ${SUBSCRIPTION}${undo("free-workers")}`;
  }),
  fault(
    { name: "free-workers", help: "Remove that subscription and the limit; restart the subscriber" },
    async (logical) => {
      await logical.subscriberFaults.freeWorkers();
      return "The subscriber has workers again";
    },
  ),
  fault({
    name: "resubscribe",
    help: "Drop the subscription and its slots, create it again and copy every table",
  }, async (logical) => {
    await logical.subscriberFaults.resubscribe();
    return `Subscription ${SUBSCRIPTION} is new, and its tables are copied`;
  }),
];

const PUBLISHER_FAULTS: readonly FaultDefinition[] = [
  fault({
    name: "long-transaction",
    help: "Leave a transaction open on the publisher: it holds the logical slots",
  }, async (logical) => {
    await logical.publisherFaults.openTransaction();
    return `A transaction is open on the publisher${undo("end-transaction")}`;
  }),
  fault({
    name: "huge-transaction",
    parameters: ["[STREAMING]"],
    help: "Leave a large one open: spilled (off), streamed (on, 14) or applied in parallel (parallel, 16)",
  }, async (logical, argument) => {
    await logical.publisherFaults.openHugeTransaction(wordOf(argument, STREAMING));
    return `A transaction of 50,000 rows is open on the publisher${undo("end-transaction")}`;
  }),
  fault({ name: "end-transaction", help: "Commit the open transaction" }, async (logical) => {
    await logical.publisherFaults.endTransaction();
    return "The transaction is committed";
  }),
  fault({
    name: "prepared-transaction",
    help: "Leave a transaction prepared, which a two_phase subscription has prepared too (15)",
  }, async (logical) => {
    await logical.publisherFaults.prepareTransaction();
    return `A transaction is prepared on both sides${undo("finish-prepared")}`;
  }),
  fault(
    { name: "finish-prepared", help: "Commit the prepared transaction, and remove that subscription" },
    async (logical) => {
      await logical.publisherFaults.finishPrepared();
      return "The prepared transaction is committed";
    },
  ),
  fault({
    name: "no-replica-identity",
    help: "Take the replica identity of a published table away: UPDATE fails on the publisher",
  }, async (logical) => {
    await logical.publisherFaults.dropIdentity();
    return `payments has no replica identity${undo("replica-identity")}`;
  }),
  fault({ name: "replica-identity", help: "Make its primary key the identity again" }, async (logical) => {
    await logical.publisherFaults.restoreIdentity();
    return "payments has its primary key as replica identity";
  }),
  fault(
    { name: "sequences-behind", help: "Advance the publisher's sequences, which do not replicate" },
    async (logical) => {
      await logical.publisherFaults.advanceSequences();
      return `The subscriber's sequences are behind by 1,000 or more${undo("copy-sequences")}`;
    },
  ),
  fault(
    { name: "copy-sequences", help: "Set the subscriber's sequences as the publisher's" },
    async (logical) => {
      await logical.publisherFaults.copySequences();
      return "The subscriber's sequences are the publisher's";
    },
  ),
  fault({
    name: "quiet-noise",
    parameters: ["[ROWS_PER_SECOND]"],
    help: "Pause the write load and write only what is not published (100 rows per second; 0 ends it)",
  }, async (logical, argument) => {
    const rows = numberOf(argument, { name: "ROWS_PER_SECOND", default: 100 });
    await logical.publisherFaults.setNoise(rows);
    return rows === 0
      ? "The write load is as before"
      : `Only noise is written, which is not published${undo("quiet-noise 0")}`;
  }),
];

const SLOT_FAULTS: readonly FaultDefinition[] = [
  fault({ name: "stop-ack", help: "The CDC consumer reads, but confirms nothing" }, (logical) => {
    logical.cdc.stopConfirming();
    return Promise.resolve(`The consumer of slot ${CDC_SLOT} confirms nothing${undo("start-ack")}`);
  }),
  fault({ name: "start-ack", help: "It confirms what it has read" }, (logical) => {
    logical.cdc.startConfirming();
    return Promise.resolve(`The consumer of slot ${CDC_SLOT} confirms what it reads`);
  }),
  fault({ name: "stop-cdc", help: "Stop the CDC consumer; its slot remains" }, async (logical) => {
    await logical.cdc.stop();
    return `The consumer of slot ${CDC_SLOT} is stopped${undo("start-cdc")}`;
  }),
  fault(
    { name: "start-cdc", help: "Start it, with a new slot if its own is gone or lost" },
    async (logical) => {
      await logical.publisherFaults.startCdc();
      return `The consumer reads slot ${CDC_SLOT}`;
    },
  ),
  fault({
    name: "idle-timeout",
    help: "Stop the CDC consumer until idle_replication_slot_timeout (18) invalidates its slot",
  }, async (logical) => {
    await logical.publisherFaults.loseIdleSlot();
    return `Slot ${CDC_SLOT} is invalidated: it was idle too long${undo("start-cdc")}`;
  }),
  fault({
    name: "lose-logical-slot",
    parameters: ["[SLOT]"],
    help: `Disconnect the reader of ${SUBSCRIPTION} or ${CDC_SLOT} and write WAL until the slot is lost`,
  }, async (logical, argument) => {
    const slot = wordOf(argument, SLOTS) ?? SUBSCRIPTION;
    await logical.publisherFaults.loseSlot(slot);
    return `Slot ${slot} is lost${undo(slot === CDC_SLOT ? "start-cdc" : "resubscribe")}`;
  }),
  fault({ name: "drop-logical-slot", help: "Drop the slot of the subscription" }, async (logical) => {
    await logical.publisherFaults.dropSlot();
    return `Slot ${SUBSCRIPTION} is dropped${undo("resubscribe")}`;
  }),
  fault({
    name: "no-failover-slot",
    help: "Set failover = false (17): the subscription's slot does not survive a promotion",
  }, async (logical) => {
    await logical.publisherFaults.setFailover(false);
    return `Slot ${SUBSCRIPTION} exists only on the primary${undo("failover-slot")}`;
  }),
  fault(
    { name: "failover-slot", help: "Set failover = true, and wait until the slot is synchronized" },
    async (logical) => {
      await logical.publisherFaults.setFailover(true);
      return `Slot ${SUBSCRIPTION} is synchronized to the standbys`;
    },
  ),
  {
    name: "stop-slot-sync",
    parameters: ["[STANDBY]"],
    help: "Stop the synchronization of slots on a standby (17): its copies remain, and age",
    defaultServer: "standby",
    async run(cluster, server) {
      await logicalOf(cluster).publisherFaults.setSlotSync(cluster.server(server), false);
      return `${server} synchronizes no slots${undo(`start-slot-sync ${server}`)}`;
    },
  },
  {
    name: "start-slot-sync",
    parameters: ["[STANDBY]"],
    help: "Start it again",
    defaultServer: "standby",
    async run(cluster, server) {
      await logicalOf(cluster).publisherFaults.setSlotSync(cluster.server(server), true);
      return `${server} synchronizes slots`;
    },
  },
];

/** Every fault of logical replication, in the order of help. */
export const LOGICAL_FAULTS: readonly FaultDefinition[] = [
  ...SUBSCRIPTION_FAULTS,
  ...PUBLISHER_FAULTS,
  ...SLOT_FAULTS,
];
