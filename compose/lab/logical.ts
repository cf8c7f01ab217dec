/** A publisher, its subscriber and a consumer of change data capture: {@linkcode startLogicalCluster}. */
import {
  CDC_SLOT,
  CUSTOMERS,
  DATABASE,
  LOAD,
  PUBLICATION,
  SCHEMA,
  SUBSCRIPTION,
  TABLES,
} from "./app_database.ts";
import { CdcConsumer, type CdcPlugin } from "./cdc.ts";
import { type ClusterOptions, startCluster } from "./cluster.ts";
import type { LoadTarget } from "./load.ts";
import type { Proxy } from "./proxy.ts";
import { PublisherFaults } from "./publisher_faults.ts";
import type { Server } from "./server.ts";
import { SubscriberFaults } from "./subscriber_faults.ts";
import type { Cluster } from "./topology.ts";
import { until, type WaitOptions } from "./until.ts";

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
  /** Faults of transactions, slots and their readers. */
  readonly publisherFaults: PublisherFaults = new PublisherFaults(this);
  /** Faults of the subscription and of its tables. */
  readonly subscriberFaults: SubscriberFaults = new SubscriberFaults(this);
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

  /** Refuses what the major version lacks. */
  needMajor(least: number, what: string): void {
    const { major } = this.publisher.binaries;
    if (major < least) throw new RangeError(`PostgreSQL ${major} has no ${what}: it came with ${least}`);
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
    await this.untilConfirmed(SUBSCRIPTION, options);
  }

  /** Waits until the consumer has confirmed everything written so far. */
  async untilConsumed(options: WaitOptions = {}): Promise<void> {
    await this.untilConfirmed(CDC_SLOT, options);
  }

  /** Waits, a few seconds each, until the connected readers of all logical slots but one have read everything. */
  async untilReaders(except: string | null): Promise<void> {
    for (const slot of [SUBSCRIPTION, CDC_SLOT]) {
      const active = `SELECT active FROM pg_replication_slots WHERE slot_name = '${slot}'`;
      if (slot === except || await this.source.text(active) !== "true") continue;
      await this.untilConfirmed(slot, { seconds: 5 }).catch(() => {});
    }
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

  /** Waits until the reader of a logical slot is connected and has confirmed everything written so far. */
  async untilConfirmed(slot: string, options: WaitOptions = {}): Promise<void> {
    const source = this.#source;
    const position = await source.text("SELECT pg_current_wal_lsn()");
    await until(`slot "${slot}" to be confirmed up to ${position}`, async () => {
      return await source.text(
        `SELECT active AND confirmed_flush_lsn >= '${position}' FROM pg_replication_slots WHERE slot_name = '${slot}'`,
      ) === "true";
    }, options);
  }

  /** Ends the consumer and what faults hold open, before the servers stop. */
  async release(): Promise<void> {
    await this.cdc.stop();
    await this.publisherFaults.releaseAll();
    await this.subscriberFaults.releaseAll();
  }

  /** Stops everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.publisher[Symbol.asyncDispose]();
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
