/**
 * Queries the common formulas for the lag of a subscription on their own connections.
 *
 * @module
 */
import { SUBSCRIPTION } from "../../compose/lab/app_database.ts";
import type { LogicalCluster } from "../../compose/lab/logical.ts";
import type { Server } from "../../compose/lab/server.ts";
import type { Row, SqlClient } from "../../compose/lab/sql_client.ts";
import { now } from "./markers.ts";

/** The formulas, in the order of the page. */
export const LOGICAL_FORMULAS = ["slot_bytes", "sender_replay_lag", "latest_end"] as const;

/** One of {@linkcode LOGICAL_FORMULAS}. */
export type LogicalFormula = typeof LOGICAL_FORMULAS[number];

/** Text of each formula, as used in dashboards and exporters. */
export const LOGICAL_FORMULA_TEXTS: Readonly<Record<LogicalFormula, string>> = {
  slot_bytes:
    "on the publisher: pg_current_wal_lsn() - confirmed_flush_lsn of the slot, in bytes, over the " +
    "WAL rate of the last 30 s",
  sender_replay_lag: "on the publisher: COALESCE(replay_lag, 0) of its row in pg_stat_replication; no row: 0",
  latest_end: "on the subscriber: now() - latest_end_time of its row in pg_stat_subscription",
};

/** Results of the formulas; null: no answer, or NULL. */
export type LogicalWords = Readonly<Record<LogicalFormula, number | null>>;

const ON_PUBLISHER = `SELECT (pg_current_wal_lsn() - '0/0')::float8 AS written,
  (SELECT (pg_current_wal_lsn() - confirmed_flush_lsn)::float8 FROM pg_replication_slots
    WHERE slot_name = '${SUBSCRIPTION}') AS bytes,
  COALESCE((SELECT EXTRACT(epoch FROM replay_lag) FROM pg_stat_replication
    WHERE application_name = '${SUBSCRIPTION}'), 0)::float8 AS replay_lag`;
const ON_SUBSCRIBER = `SELECT EXTRACT(epoch FROM now() - latest_end_time)::float8 AS age
  FROM pg_stat_subscription WHERE subname = '${SUBSCRIPTION}' AND relid IS NULL AND latest_end_time IS NOT NULL`;

/** Seconds over which the rate of WAL is measured. */
const RATE_SECONDS = 30;

/** Queries the formulas. */
export class LogicalFormulas implements AsyncDisposable {
  readonly #pair: LogicalCluster;
  readonly #clients = new Map<Server, SqlClient>();
  #written: { readonly at: number; readonly bytes: number }[] = [];

  /** Of a publisher and its subscriber. */
  constructor(pair: LogicalCluster) {
    this.#pair = pair;
  }

  /** Queries them at the same moment. */
  async ask(): Promise<LogicalWords> {
    const [[publisher], [subscriber]] = await Promise.all([
      this.#rows(this.#pair.source, ON_PUBLISHER),
      this.#rows(this.#pair.subscriber, ON_SUBSCRIBER),
    ]);
    return {
      slot_bytes: this.#overRate(numberOf(publisher?.["written"]), numberOf(publisher?.["bytes"])),
      sender_replay_lag: numberOf(publisher?.["replay_lag"]),
      latest_end: numberOf(subscriber?.["age"]),
    };
  }

  /** Closes its connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  #overRate(written: number | null, bytes: number | null): number | null {
    if (written === null) return null;
    const at = now();
    this.#written = [...this.#written.filter((each) => at - each.at <= RATE_SECONDS), { at, bytes: written }];
    const [first] = this.#written;
    if (bytes === null || first === undefined || at === first.at) return null;
    const rate = (written - first.bytes) / (at - first.at);
    return bytes <= 0 ? 0 : rate <= 0 ? null : bytes / rate;
  }

  async #rows(server: Server, text: string): Promise<readonly Row[]> {
    if (server.pid === null) return [];
    const client = this.#clients.get(server) ?? server.connect("monitor");
    this.#clients.set(server, client);
    return await client.query(text, 1).catch(() => []);
  }
}

function numberOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
