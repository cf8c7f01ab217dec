/** Faults of a subscription that begin on the subscriber, or in its tables. */
import { DATABASE, PUBLICATION, SUBSCRIPTION, TABLES } from "./app_database.ts";
import type { LogicalCluster } from "./logical.ts";
import type { SqlClient } from "./sql_client.ts";
import { until } from "./until.ts";

const COLUMNS = "(id serial PRIMARY KEY, data text)";
const MARK = "lab: written on the subscriber";

/** The faults of the subscriber's side. */
export class SubscriberFaults {
  readonly #logical: LogicalCluster;
  readonly #locks = new Map<string, SqlClient>();

  /** Use {@linkcode LogicalCluster.subscriberFaults}. */
  constructor(logical: LogicalCluster) {
    this.#logical = logical;
  }

  /** Disables the subscription, and waits until its worker has ended. */
  async disable(): Promise<void> {
    await this.#logical.subscribe(`ALTER SUBSCRIPTION ${SUBSCRIPTION} DISABLE`);
    await this.#untilSubscriber(
      "its worker to end",
      `SELECT count(pid) = 0 FROM pg_stat_subscription WHERE subname = '${SUBSCRIPTION}'`,
    );
  }

  /** Enables the subscription. */
  async enable(): Promise<void> {
    await this.#logical.subscribe(`ALTER SUBSCRIPTION ${SUBSCRIPTION} ENABLE`);
  }

  /** Waits until its worker runs. */
  async untilRunning(): Promise<void> {
    await this.#untilSubscriber(
      "its worker to run",
      `SELECT count(pid) > 0 FROM pg_stat_subscription WHERE subname = '${SUBSCRIPTION}'`,
    );
  }

  /**
   * Makes apply fail again and again: the subscriber has a row already that the publisher inserts.
   *
   * @param options `disables`: the subscription disables itself at the first error (`disable_on_error`, 15).
   */
  async breakApply(options: { readonly disables?: boolean } = {}): Promise<void> {
    if (options.disables) {
      this.#logical.needMajor(15, "disable_on_error");
      await this.#logical.subscribe(`ALTER SUBSCRIPTION ${SUBSCRIPTION} SET (disable_on_error = true)`);
    }
    const id = Number(await this.#publisherText("SELECT max(id) + 1 FROM customers"));
    await this.#logical.subscribe(`INSERT INTO customers (id, name) VALUES (${id}, '${MARK}')`);
    await this.#logical.publish(`INSERT INTO customers (id, name) VALUES (${id}, 'customer ${id}')`);
    if (!options.disables) return;
    await this.#untilSubscriber(
      "the subscription to disable itself",
      `SELECT NOT subenabled FROM pg_subscription WHERE subname = '${SUBSCRIPTION}'`,
    );
  }

  /** Removes the rows that apply fails at, and enables the subscription. */
  async mendApply(): Promise<void> {
    await this.#logical.subscribe(`DELETE FROM customers WHERE name = '${MARK}'`);
    if (this.#logical.publisher.binaries.major >= 15) {
      await this.#logical.subscribe(`ALTER SUBSCRIPTION ${SUBSCRIPTION} SET (disable_on_error = false)`);
    }
    await this.enable();
  }

  /** A column that only the publisher has: apply fails at the first row. */
  async missColumn(): Promise<void> {
    await this.#logical.subscribe("ALTER TABLE payments DROP COLUMN IF EXISTS note");
    await this.#logical.publish("ALTER TABLE payments ADD COLUMN IF NOT EXISTS note text");
    await this.#logical.publish("INSERT INTO payments (order_id, amount, note) VALUES (1, 1, 'lab')");
  }

  /** Adds the column on the subscriber. */
  async addColumn(): Promise<void> {
    await this.#logical.subscribe("ALTER TABLE payments ADD COLUMN IF NOT EXISTS note text");
  }

  /** A published table that the subscriber does not have: apply fails at its first row. */
  async missTable(): Promise<void> {
    await this.#makeTable("refunds", 0);
    await this.#logical.subscribe("DROP TABLE refunds");
    await this.#logical.publish("INSERT INTO refunds (data) VALUES ('lab')");
  }

  /** Creates the table on the subscriber, and copies it. */
  async addTable(): Promise<void> {
    await this.#logical.subscribe(`CREATE TABLE IF NOT EXISTS refunds ${COLUMNS}`);
    await this.refresh();
  }

  /** A table that was added to the publication after the subscription was refreshed last: nobody copies it. */
  async publishTable(): Promise<void> {
    await this.#makeTable("coupons", 10);
  }

  /** Refreshes the subscription: tables that it does not know are copied. */
  async refresh(): Promise<void> {
    await this.#logical.subscribe(`ALTER SUBSCRIPTION ${SUBSCRIPTION} REFRESH PUBLICATION`);
  }

  /** A session on the subscriber locks a table: apply waits at its next row. */
  async blockApply(): Promise<void> {
    await this.#lock("customers", "ACCESS EXCLUSIVE");
    await this.#logical.publish("UPDATE customers SET changed_at = now() WHERE id % 10 = 1");
    await this.#untilSubscriber(
      "apply to wait",
      `SELECT count(*) > 0 FROM pg_locks l JOIN pg_stat_activity a USING (pid)
       WHERE NOT l.granted AND a.backend_type LIKE 'logical replication%'`,
    );
  }

  /** A session on the subscriber locks a table that is being copied for the first time. */
  async blockCopy(): Promise<void> {
    await this.#makeTable("imports", 1000);
    await this.#lock("imports", "SHARE"); // REFRESH would wait for a stronger lock itself
    await this.refresh();
  }

  /** Ends the session that locks a table. */
  async unlock(table: "customers" | "imports"): Promise<void> {
    const client = this.#locks.get(table);
    this.#locks.delete(table);
    await client?.close();
  }

  /** The initial copy of a table fails again and again: the subscriber has one of its rows already. */
  async breakCopy(): Promise<void> {
    await this.#makeTable("imports", 1000);
    await this.#logical.subscribe(`INSERT INTO imports (id, data) VALUES (500, '${MARK}')`);
    await this.refresh();
  }

  /** Empties the table on the subscriber, so that its copy succeeds. */
  async mendCopy(): Promise<void> {
    await this.#logical.subscribe("TRUNCATE imports");
  }

  /** Rows that only the publisher has are updated and deleted there: apply skips them without an error. */
  async missRows(): Promise<void> {
    const first = Number(await this.#publisherText("SELECT min(id) FROM customers"));
    await this.#logical.subscribe(`DELETE FROM customers WHERE id BETWEEN ${first} AND ${first + 9}`);
    await this.#logical.publish(`DELETE FROM customers WHERE id = ${first}`);
    await this.#logical.publish(
      `UPDATE customers SET changed_at = now() WHERE id BETWEEN ${first} AND ${first + 9}`,
    );
  }

  /** Writes the rows that the subscriber lacks. */
  async restoreRows(): Promise<void> {
    const rows = await this.#publisherText("SELECT json_agg(customers)::text FROM customers");
    await this.#logical.subscribe(
      `INSERT INTO customers SELECT * FROM json_populate_recordset(NULL::customers, $rows$${rows}$rows$)
       ON CONFLICT DO NOTHING`,
    );
  }

  /** Another subscription takes the only worker: this one gets none. The subscriber restarts. */
  async fillWorkers(): Promise<void> {
    const { subscriber, publisher } = this.#logical;
    await this.disable();
    await subscriber.sql("ALTER SYSTEM SET max_logical_replication_workers = 1");
    await subscriber.restart();
    const exists = "SELECT FROM pg_publication WHERE pubname = 'filler_pub'";
    if ((await publisher.primary.client(DATABASE).query(exists)).length === 0) {
      await this.#logical.publish("CREATE PUBLICATION filler_pub");
    }
    await this.#logical.subscribe(
      `CREATE SUBSCRIPTION filler CONNECTION '${this.#logical.conninfo()}' PUBLICATION filler_pub`,
    );
    await this.#untilSubscriber(
      "the other subscription to take the worker",
      "SELECT count(*) = 1 FROM pg_stat_subscription WHERE subname = 'filler' AND pid IS NOT NULL",
    );
    await this.enable();
  }

  /** Removes the other subscription and the limit. The subscriber restarts. */
  async freeWorkers(): Promise<void> {
    await this.#logical.subscribe("DROP SUBSCRIPTION IF EXISTS filler");
    await this.#logical.publish("DROP PUBLICATION IF EXISTS filler_pub");
    await this.#logical.subscriber.sql("ALTER SYSTEM RESET max_logical_replication_workers");
    await this.#logical.subscriber.restart();
  }

  /** Removes the subscription and its slots, and creates it again: every table is emptied and copied. */
  async resubscribe(): Promise<void> {
    const logical = this.#logical;
    await this.releaseAll();
    const known = `SELECT 1 FROM pg_subscription WHERE subname = '${SUBSCRIPTION}'`;
    if (await logical.subscriber.text(known) !== null) {
      await this.disable();
      await logical.subscribe(`ALTER SUBSCRIPTION ${SUBSCRIPTION} SET (slot_name = NONE)`);
      await logical.subscribe(`DROP SUBSCRIPTION ${SUBSCRIPTION}`);
    }
    await until("its slots to be dropped", async () => {
      await logical.source.sql(
        `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
         WHERE slot_name = '${SUBSCRIPTION}' OR slot_name ~ '^pg_\\d+_sync_\\d+_\\d+$'`,
      );
      return true;
    });
    await logical.subscribe(`TRUNCATE ${(await this.#publishedTables()).join(", ")}`);
    await logical.createSubscription({ failover: logical.publisher.slotSync });
    await logical.untilCaughtUp();
  }

  /** Ends every session that holds a lock. */
  async releaseAll(): Promise<void> {
    for (const table of ["customers", "imports"] as const) await this.unlock(table);
  }

  async #lock(table: "customers" | "imports", mode: string): Promise<void> {
    await this.unlock(table);
    const client = this.#logical.subscriber.connect("postgres", DATABASE);
    this.#locks.set(table, client);
    await client.query("BEGIN");
    await client.query(`LOCK TABLE ${table} IN ${mode} MODE`);
  }

  /** A table on both sides, new in the publication, and unknown to the subscription. */
  async #makeTable(table: string, rows: number): Promise<void> {
    const logical = this.#logical;
    if ((await this.#publishedTables()).includes(table)) {
      await logical.publish(`ALTER PUBLICATION ${PUBLICATION} DROP TABLE ${table}`);
      await this.refresh();
    }
    for (const side of ["publish", "subscribe"] as const) {
      await logical[side](`DROP TABLE IF EXISTS ${table}`);
      await logical[side](`CREATE TABLE ${table} ${COLUMNS}`);
    }
    await logical.publish(`INSERT INTO ${table} (data) SELECT 'lab' FROM generate_series(1, ${rows})`);
    await logical.publish(`ALTER PUBLICATION ${PUBLICATION} ADD TABLE ${table}`);
  }

  async #publishedTables(): Promise<readonly string[]> {
    const list = await this.#publisherText(
      `SELECT string_agg(prrelid::regclass::text, ',') FROM pg_publication_rel
       WHERE prpubid = (SELECT oid FROM pg_publication WHERE pubname = '${PUBLICATION}')`,
    );
    return list?.split(",") ?? TABLES;
  }

  async #publisherText(query: string): Promise<string | null> {
    return await this.#logical.text(this.#logical.publisher.primary, query);
  }

  async #untilSubscriber(what: string, query: string): Promise<void> {
    await until(what, async () => await this.#logical.text(this.#logical.subscriber, query) === "true");
  }
}
