/**
 * The formulas in common use, queried on separate connections.
 *
 * @module
 */
import type { Server } from "../../compose/lab/server.ts";
import type { Row, SqlClient } from "../../compose/lab/sql_client.ts";

/** The formulas, in the order of the page. */
export const FORMULAS = ["received", "last_replay", "replay_lag"] as const;

/** One of {@linkcode FORMULAS}. */
export type Formula = typeof FORMULAS[number];

/** The text of each in dashboards and exporters. */
export const FORMULA_TEXTS: Readonly<Record<Formula, string>> = {
  received: "on the standby: CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 " +
    "ELSE now() - pg_last_xact_replay_timestamp() END",
  last_replay: "on the standby: now() - pg_last_xact_replay_timestamp()",
  replay_lag: "on the primary: COALESCE(replay_lag, 0) of its row in pg_stat_replication; no row: 0",
};

/** The values of the formulas for one standby; null: no answer, or NULL. */
export type UsualWords = Readonly<Record<Formula, number | null>>;

const ON_STANDBY = "SELECT CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 " +
  "ELSE EXTRACT(epoch FROM now() - pg_last_xact_replay_timestamp()) END::float8 AS received, " +
  "EXTRACT(epoch FROM now() - pg_last_xact_replay_timestamp())::float8 AS last_replay";
const ON_PRIMARY =
  "SELECT application_name, COALESCE(EXTRACT(epoch FROM replay_lag), 0)::float8 AS replay_lag " +
  "FROM pg_stat_replication";

/** Queries the formulas. */
export class UsualFormulas implements AsyncDisposable {
  readonly #clients = new Map<Server, SqlClient>();

  /**
   * Queries them for every standby at the same moment.
   *
   * @param standbys The standbys.
   * @param primary The server for the third formula.
   */
  async ask(standbys: readonly Server[], primary: Server): Promise<ReadonlyMap<string, UsualWords>> {
    const rows = this.#rows(primary, ON_PRIMARY);
    const entries = await Promise.all(standbys.map(async (standby) => {
      const [own] = await this.#rows(standby, ON_STANDBY) ?? [];
      const senders = await rows;
      const sender = senders?.find((row) => row["application_name"] === standby.name);
      const replayLag = senders === null ? null : Number(sender?.["replay_lag"] ?? 0);
      return [standby.name, {
        received: seconds(own?.["received"]),
        last_replay: seconds(own?.["last_replay"]),
        replay_lag: replayLag,
      }] as const;
    }));
    return new Map(entries);
  }

  /** Closes its connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  async #rows(server: Server, text: string): Promise<readonly Row[] | null> {
    if (server.pid === null) return null;
    const client = this.#clients.get(server) ?? server.connect("monitor");
    this.#clients.set(server, client);
    return await client.query(text, 1).catch(() => null);
  }
}

function seconds(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
