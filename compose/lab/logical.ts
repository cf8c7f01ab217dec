/** A publisher, its subscriber and a consumer of change data capture: {@linkcode startLogicalCluster}. */
import { CdcConsumer, type CdcPlugin } from "./cdc.ts";
import { type ClusterOptions, startCluster } from "./cluster.ts";
import type { LoadTarget } from "./load.ts";
import type { Proxy } from "./proxy.ts";
import type { Server } from "./server.ts";
import type { Cluster } from "./topology.ts";
import { until, type WaitOptions } from "./until.ts";

/** The database that is published, on both sides. */
export const DATABASE = "app";
/** The publication, of all published tables. */
export const PUBLICATION = "app_pub";
/** The subscription, and its slot. */
export const SUBSCRIPTION = "app_sub";
/** The slot of the consumer of change data capture. */
export const CDC_SLOT = "cdc";
/** The tables of the publication. */
export const TABLES = ["customers", "orders", "payments"] as const;

/** What is published and who reads it. */
export interface LogicalOptions {
  /** Whether the subscription is created; it is when not given. */
  readonly subscription?: boolean;
  /** Whether the consumer reads; it does when not given. */
  readonly cdc?: boolean;
  /** Its output plugin; pgoutput when not given. */
  readonly plugin?: CdcPlugin;
  /** Whether the subscription's slot survives a failover: from 17 it does when not given, before it cannot. */
  readonly failover?: boolean;
  /** Settings of the subscriber only. */
  readonly subscriberSettings?: Readonly<Record<string, string>>;
}

/** Settings of both sides. */
export const LOGICAL_SETTINGS: Readonly<Record<string, string>> = {
  wal_level: "logical",
  max_prepared_transactions: "10",
};

/** Settings of the subscriber: a worker that failed starts again after a second (PostgreSQL: 5 s). */
export const SUBSCRIBER_SETTINGS: Readonly<Record<string, string>> = { wal_retrieve_retry_interval: "1s" };

// `noise` is in no publication; one like it exists in every application.
const SCHEMA = `
  CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, changed_at timestamptz DEFAULT now());
  CREATE TABLE orders (id bigserial PRIMARY KEY, customer_id int NOT NULL, created_at timestamptz DEFAULT now());
  CREATE TABLE payments (id bigserial PRIMARY KEY, order_id bigint NOT NULL, amount numeric(12, 2) NOT NULL);
  CREATE TABLE noise (id bigserial PRIMARY KEY, data text);
  ALTER TABLE noise ALTER data SET STORAGE EXTERNAL;
  GRANT SELECT ON ALL TABLES IN SCHEMA public TO monitor, replicator;
  ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO monitor, replicator;
`;

const CUSTOMERS =
  "INSERT INTO customers (id, name) SELECT n, 'customer ' || n FROM generate_series(1, 1000) n";

/** Each row is an order; every batch also changes customers and records payments. */
const LOAD: LoadTarget = {
  database: DATABASE,
  statement: (rows) => `
    WITH ordered AS (
      INSERT INTO orders (customer_id) SELECT 1 + (random() * 999)::int FROM generate_series(1, ${rows})
      RETURNING id, customer_id
    ), paid AS (
      INSERT INTO payments (order_id, amount) SELECT id, 100 * random() FROM ordered WHERE id % 2 = 0
    )
    UPDATE customers SET changed_at = now() WHERE id IN (SELECT customer_id FROM ordered LIMIT 1)`,
};

/** Whether slots of a major version survive a failover. */
export function knowsFailover(major: number): boolean {
  return major >= 17;
}

/** A publisher with its standbys, a subscriber and a consumer of change data capture; disposing it stops all. */
export class LogicalCluster implements AsyncDisposable {
  /** The publisher and its standbys; its servers include the subscriber. */
  readonly publisher: Cluster;
  /** The subscriber: a server of another system identifier, with the same roles and passwords. */
  readonly subscriber: Server;
  /** The proxy through which the subscription connects. */
  readonly link: Proxy;
  /** The consumer. */
  readonly cdc: CdcConsumer;
  #source: Server;

  /** Use {@linkcode startLogicalCluster}. */
  constructor(publisher: Cluster, subscriber: Server, plugin: CdcPlugin = "pgoutput") {
    this.publisher = publisher;
    this.subscriber = subscriber;
    this.#source = publisher.primary;
    this.link = publisher.openProxy(() => this.#source.port);
    this.cdc = new CdcConsumer({
      server: publisher.primary,
      password: publisher.passwords.replicator,
      ...{ database: DATABASE, slot: CDC_SLOT, plugin, publication: PUBLICATION },
    });
  }

  /** Where the write load goes. */
  get load(): LoadTarget {
    return LOAD;
  }

  /** The server that the link leads to: the first primary, until it is repointed. */
  get source(): Server {
    return this.#source;
  }

  /** Connection string of a subscription: through the link, or directly to a server. */
  conninfo(server?: Server, database = DATABASE): string {
    const port = server?.port ?? this.link.port;
    const login = `user=replicator password=${this.publisher.passwords.replicator}`;
    return `host=127.0.0.1 port=${port} dbname=${database} ${login} connect_timeout=10`;
  }

  /** Runs a statement in the published database on the present primary, as superuser. */
  async publish(text: string): Promise<void> {
    await this.publisher.primary.client(DATABASE).query(text, 120);
  }

  /** Runs a statement in the published database on the subscriber, as superuser. */
  async subscribe(text: string): Promise<void> {
    await this.subscriber.client(DATABASE).query(text, 120);
  }

  /** First column of the first row, read in the published database of a server. */
  async text(server: Server, query: string): Promise<string | null> {
    return await server.client(DATABASE).text(query);
  }

  /** Creates the subscription through the link. */
  async createSubscription(options: { readonly failover: boolean }): Promise<void> {
    await this.subscribe(
      `CREATE SUBSCRIPTION ${SUBSCRIPTION} CONNECTION '${this.conninfo()}' PUBLICATION ${PUBLICATION}` +
        (options.failover ? " WITH (failover = true)" : ""),
    );
  }

  /** Leads link and consumer to another server of the publisher's cluster. */
  async repoint(server: Server): Promise<void> {
    this.#source = server;
    this.link.reset();
    await this.link.heal();
    await this.cdc.moveTo(server);
  }

  /** Waits until all tables have been copied and the subscriber has confirmed everything written so far. */
  async untilCaughtUp(options: WaitOptions = {}): Promise<void> {
    const copied =
      "SELECT count(*) FILTER (WHERE srsubstate <> 'r') = 0 AND count(*) > 0 FROM pg_subscription_rel";
    await until("all tables to be copied", async () => {
      return await this.text(this.subscriber, copied) === "true";
    }, options);
    await this.#untilConfirmed(SUBSCRIPTION, options);
  }

  /** Waits until the consumer has confirmed everything written so far. */
  async untilConsumed(options: WaitOptions = {}): Promise<void> {
    await this.#untilConfirmed(CDC_SLOT, options);
  }

  /** Waits until every standby of the primary has a copy of the subscription's slot that survives a promotion. */
  async untilSynchronized(options: WaitOptions = {}): Promise<void> {
    const { publisher } = this;
    const ready =
      `SELECT synced AND NOT temporary FROM pg_replication_slots WHERE slot_name = '${SUBSCRIPTION}'`;
    for (const standby of publisher.standbys) {
      if (publisher.upstreamOf(standby) !== publisher.primary) continue;
      await until(`slot "${SUBSCRIPTION}" to be synchronized to ${standby.name}`, async () => {
        if (await standby.text(ready) === "true") return true;
        await publisher.primary.sql("SELECT pg_log_standby_snapshot()"); // else after 15 s
        return false;
      }, options);
    }
  }

  /** Stops everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.publisher[Symbol.asyncDispose]();
  }

  async #untilConfirmed(slot: string, options: WaitOptions): Promise<void> {
    const source = this.#source;
    const position = await source.text("SELECT pg_current_wal_lsn()");
    await until(`slot "${slot}" to be confirmed up to ${position}`, async () => {
      return await source.text(
        `SELECT confirmed_flush_lsn >= '${position}' FROM pg_replication_slots WHERE slot_name = '${slot}'`,
      ) === "true";
    }, options);
  }
}

/** Creates database, tables and publication on a running publisher and subscriber, and starts who reads. */
export async function publishAndSubscribe(logical: LogicalCluster, options: LogicalOptions): Promise<void> {
  const { publisher, subscriber, cdc } = logical;
  for (const server of [publisher.primary, subscriber]) {
    await server.sql(`CREATE DATABASE ${DATABASE}`);
    await server.client(DATABASE).query(SCHEMA);
  }
  await logical.publish(CUSTOMERS);
  await logical.publish(`CREATE PUBLICATION ${PUBLICATION} FOR TABLE ${TABLES.join(", ")}`);
  if (options.cdc ?? true) {
    await cdc.createSlot();
    cdc.start();
  }
  if (options.subscription ?? true) {
    await logical.createSubscription({ failover: publisher.slotSync });
  }
}

/**
 * Starts a publisher, with a standby unless told otherwise, a subscriber and a consumer of change data capture.
 *
 * @example Usage
 * ```ts ignore
 * await using logical = await startLogicalCluster({ major: 18, standbys: 0 });
 * await logical.publish("INSERT INTO orders (customer_id) VALUES (1)");
 * await logical.untilCaughtUp();
 * ```
 *
 * @param options Of the publisher's cluster, and what is published.
 */
export async function startLogicalCluster(
  options: ClusterOptions & LogicalOptions = {},
): Promise<LogicalCluster> {
  const { logical } = await startCluster({ ...options, logical: options });
  if (logical === null) throw new Error("The cluster does not publish");
  return logical;
}
