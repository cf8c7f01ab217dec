/** Faults of a publisher: its transactions, its logical slots and who reads them, what its standbys keep of them. */
import { CDC_SLOT, DATABASE, NOISE, SUBSCRIPTION } from "./app_database.ts";
import { WriteLoad } from "./load.ts";
import type { LogicalCluster } from "./logical.ts";
import type { Server } from "./server.ts";
import { dropSlot, loseLogicalSlot } from "./slots.ts";
import type { SqlClient } from "./sql_client.ts";
import { until } from "./until.ts";

/** How a large transaction is sent: after its commit, or before, to a file or to a worker of its own. */
export type Streaming = "off" | "on" | "parallel";

/** The faults of the publisher's side. */
export class PublisherFaults {
  readonly #logical: LogicalCluster;
  #transaction: SqlClient | null = null;
  #noise: { readonly load: WriteLoad; readonly paused: number } | null = null;

  /** Use {@linkcode LogicalCluster.publisherFaults}. */
  constructor(logical: LogicalCluster) {
    this.#logical = logical;
  }

  /** A transaction that has written, and stays open: slots cannot move their `restart_lsn` past its begin. */
  async openTransaction(): Promise<void> {
    await this.#begin("INSERT INTO orders (customer_id) VALUES (1)");
  }

  /**
   * A transaction that is larger than `logical_decoding_work_mem` (64 kB meanwhile), and stays open.
   *
   * @param streaming The subscription's `streaming`; unchanged when not given.
   */
  async openHugeTransaction(streaming?: Streaming): Promise<void> {
    if (streaming === "on") this.#logical.needMajor(14, "streaming of transactions in progress");
    if (streaming === "parallel") this.#logical.needMajor(16, "streaming = parallel");
    const { publisher, subscriberFaults } = this.#logical;
    if (streaming !== undefined && publisher.binaries.major >= 14) {
      await this.#logical.subscribe(`ALTER SUBSCRIPTION ${SUBSCRIPTION} SET (streaming = ${streaming})`);
      await subscriberFaults.untilRunning();
    }
    await publisher.primary.set("logical_decoding_work_mem", "64kB");
    await this.#begin(
      "INSERT INTO payments (order_id, amount) SELECT n, 1 FROM generate_series(1, 50000) n",
    );
  }

  /** Commits the open transaction. */
  async endTransaction(): Promise<void> {
    const transaction = this.#transaction;
    if (transaction === null) throw new Error("No transaction is open");
    this.#transaction = null;
    try {
      await transaction.query("COMMIT");
    } finally {
      await transaction.close();
      await this.#logical.publisher.primary.set("logical_decoding_work_mem", null);
    }
  }

  /** A transaction that is prepared and not committed, and a second subscription that applies it so (15). */
  async prepareTransaction(): Promise<void> {
    this.#logical.needMajor(15, "two_phase subscriptions");
    const logical = this.#logical;
    for (const side of ["publish", "subscribe"] as const) {
      await logical[side]("CREATE TABLE IF NOT EXISTS ledger (id serial PRIMARY KEY, amount int)");
    }
    await logical.publish("CREATE PUBLICATION ledger_pub FOR TABLE ledger");
    await logical.subscribe(
      `CREATE SUBSCRIPTION ledger_sub CONNECTION '${logical.conninfo()}' PUBLICATION ledger_pub
       WITH (two_phase = true)`,
    );
    await this.#untilSubscriber(
      "two_phase to be enabled",
      "SELECT subtwophasestate = 'e' FROM pg_subscription WHERE subname = 'ledger_sub'",
    );
    await logical.publish("BEGIN; INSERT INTO ledger (amount) VALUES (1); PREPARE TRANSACTION 'lab'");
    await this.#untilSubscriber(
      "it to be prepared on the subscriber",
      "SELECT count(*) = 1 FROM pg_prepared_xacts",
    );
  }

  /** Commits the prepared transaction, and removes the second subscription. */
  async finishPrepared(): Promise<void> {
    this.#logical.needMajor(15, "two_phase subscriptions");
    const logical = this.#logical;
    await logical.publish("COMMIT PREPARED 'lab'");
    await this.#untilSubscriber("it to be committed", "SELECT count(*) = 0 FROM pg_prepared_xacts");
    await logical.subscribe("DROP SUBSCRIPTION ledger_sub");
    await logical.publish("DROP PUBLICATION ledger_pub");
    for (const side of ["publish", "subscribe"] as const) await logical[side]("DROP TABLE ledger");
  }

  /** A published table without a replica identity: UPDATE and DELETE fail on the publisher. */
  async dropIdentity(): Promise<void> {
    await this.#logical.publish("ALTER TABLE payments REPLICA IDENTITY NOTHING");
  }

  /** Its primary key is the identity again. */
  async restoreIdentity(): Promise<void> {
    await this.#logical.publish("ALTER TABLE payments REPLICA IDENTITY DEFAULT");
  }

  /** The publisher's sequences go ahead; the subscriber's do not follow. */
  async advanceSequences(): Promise<void> {
    await this.#logical.publish(
      "SELECT setval(seq::regclass, nextval(seq::regclass) + 1000) FROM (VALUES ('orders_id_seq'), ('payments_id_seq')) s (seq)",
    );
  }

  /** Sets the subscriber's sequences to the publisher's values. */
  async copySequences(): Promise<void> {
    for (const sequence of ["orders_id_seq", "payments_id_seq"]) {
      const value = await this.#logical.text(
        this.#logical.publisher.primary,
        `SELECT last_value FROM ${sequence}`,
      );
      await this.#logical.subscribe(`SELECT setval('${sequence}', ${value})`);
    }
  }

  /** Writes only to a table that is not published, while the write load pauses; 0 goes back to the write load. */
  async setNoise(rowsPerSecond: number): Promise<void> {
    const { publisher } = this.#logical;
    const paused = this.#noise?.paused ?? publisher.load?.rowsPerSecond ?? 0;
    await this.#noise?.load[Symbol.asyncDispose]();
    this.#noise = null;
    await publisher.setLoad(rowsPerSecond === 0 ? paused : 0);
    if (rowsPerSecond === 0) return;
    this.#noise = { load: new WriteLoad(publisher.primary, rowsPerSecond, NOISE), paused };
  }

  /** The consumer reads again, from a new slot if its own is gone or lost. */
  async startCdc(): Promise<void> {
    const { cdc } = this.#logical;
    const lost = `SELECT 1 FROM pg_replication_slots WHERE slot_name = '${CDC_SLOT}' AND wal_status = 'lost'`;
    if (await cdc.server.text(lost) !== null) await dropSlot(cdc.server, CDC_SLOT);
    await cdc.createSlot();
    cdc.start();
    await until("the consumer to read", () => cdc.state === "confirming" || cdc.state === "reading");
  }

  /** The consumer stops, and its slot is invalidated by `idle_replication_slot_timeout` (18). */
  async loseIdleSlot(): Promise<void> {
    this.#logical.needMajor(18, "idle_replication_slot_timeout");
    const { cdc } = this.#logical;
    await cdc.stop();
    await cdc.server.set("idle_replication_slot_timeout", "1s");
    try {
      await until(`slot "${CDC_SLOT}" to be invalidated`, async () => {
        await cdc.server.sql("CHECKPOINT");
        const reason = `SELECT invalidation_reason FROM pg_replication_slots WHERE slot_name = '${CDC_SLOT}'`;
        return await cdc.server.text(reason) === "idle_timeout";
      });
    } finally {
      await cdc.server.set("idle_replication_slot_timeout", null);
    }
  }

  /** Stops the reader of a logical slot and writes WAL until the slot is lost; the reader then fails. */
  async loseSlot(slot: typeof SUBSCRIPTION | typeof CDC_SLOT): Promise<void> {
    const { cdc, link, publisher, source } = this.#logical;
    const [stops, resumes, server] = slot === CDC_SLOT
      ? [() => cdc.stop(), () => cdc.start(), cdc.server]
      : [() => link.cut(), () => link.heal(), source];
    await stops();
    try {
      await loseLogicalSlot(publisher, { server, slot, untilOthers: () => this.#logical.untilReaders(slot) });
    } finally {
      await resumes();
    }
  }

  /** Drops the slot of the subscription, even while it is in use. */
  async dropSlot(): Promise<void> {
    await dropSlot(this.#logical.source, SUBSCRIPTION);
  }

  /** Whether the subscription's slot is synchronized to the standbys, and so survives a failover (17). */
  async setFailover(failover: boolean): Promise<void> {
    this.#logical.needMajor(17, "failover slots");
    const { subscriberFaults } = this.#logical;
    await subscriberFaults.disable();
    await until("the subscription to be altered", async () => { // its sender may still hold the slot
      await this.#logical.subscribe(`ALTER SUBSCRIPTION ${SUBSCRIPTION} SET (failover = ${failover})`);
      return true;
    });
    await subscriberFaults.enable();
    await subscriberFaults.untilRunning();
    if (failover) await this.#logical.untilSynchronized();
  }

  /** Whether a standby keeps its copies of logical slots in sync (17). */
  async setSlotSync(standby: Server, synchronizes: boolean): Promise<void> {
    this.#logical.needMajor(17, "synchronization of slots");
    await standby.set("sync_replication_slots", synchronizes ? "on" : "off");
    if (synchronizes) await this.#logical.untilSynchronized();
  }

  /** Ends what is held open. */
  async releaseAll(): Promise<void> {
    await this.#transaction?.close();
    this.#transaction = null;
    await this.#noise?.load[Symbol.asyncDispose]();
    this.#noise = null;
  }

  async #begin(statement: string): Promise<void> {
    if (this.#transaction !== null) {
      throw new Error("A transaction is open already; end-transaction commits it");
    }
    const client = this.#logical.publisher.primary.connect("postgres", DATABASE);
    this.#transaction = client;
    await client.query("BEGIN");
    await client.query(statement, 120);
  }

  async #untilSubscriber(what: string, query: string): Promise<void> {
    await until(what, async () => await this.#logical.text(this.#logical.subscriber, query) === "true");
  }
}
