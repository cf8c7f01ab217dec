/** Answers of simulated servers: recorded rows with the columns of the server that answers. */
import type { Role } from "../../../src/domain/role.ts";
import { MOVING_COLUMNS, type RowContext } from "./moving_columns.ts";
import { normalizeStatement, RECORD, type RecordedStatement, type Recording } from "./recording.ts";
import type { SimServer } from "./sim_cluster.ts";

/** The answer to one statement. */
export interface Answer {
  /** Names of the columns. */
  readonly columns: readonly string[];
  /** Values of each row. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** A position in text, such as 0/151CBB0. */
const POSITION = /^[0-9A-F]+\/[0-9A-F]+$/;

/** What the servers of one version answer. */
export class Answers {
  readonly #bySql = new Map<string, RecordedStatement>();

  /**
   * Reads a recording.
   *
   * @throws {Error} When it has a position that does not move.
   */
  constructor({ statements }: Recording) {
    for (const statement of statements) {
      checkPositions(statement);
      this.#bySql.set(statement.sql, statement);
    }
  }

  /**
   * The recorded statement.
   *
   * @throws {Error} When the exporter's statement has changed since.
   */
  find(sql: string): RecordedStatement {
    const known = this.#bySql.get(sql) ?? this.#bySql.get(normalizeStatement(sql));
    if (known === undefined) {
      throw new Error(`No answer is recorded for this statement; run ${RECORD}: ${sql.slice(0, 200)}`);
    }
    this.#bySql.set(sql, known);
    return known;
  }

  /** Names of the columns. */
  columns({ rows }: RecordedStatement): readonly string[] {
    return Object.keys(rows.primary?.[0] ?? rows.standby?.[0] ?? {});
  }

  /** What a server answers. */
  answer(
    statement: RecordedStatement,
    { cluster, server, now }: Pick<RowContext, "cluster" | "server" | "now">,
  ): Answer {
    const role: Role = server === cluster.primary ? "primary" : "standby";
    const columns = this.columns(statement);
    const recorded = statement.rows[role] ?? [];
    const moving = MOVING_COLUMNS[statement.name] ?? {};
    const rows = recorded.length === 0
      ? []
      : subjects(statement.name, { cluster, server }).map((about, index) => {
        const template = recorded[index % recorded.length] ?? {};
        return columns.map((column) => {
          const value = template[column] ?? null;
          const move = moving[column];
          return value === null || move === undefined ? value : move({ cluster, server, about, index, now });
        });
      });
    return { columns, rows };
  }
}

/** The servers that the rows of a statement are about, one row each. */
function subjects(
  name: string,
  { cluster, server }: Pick<RowContext, "cluster" | "server">,
): readonly (SimServer | null)[] {
  switch (name) {
    case "senders":
      return cluster.streaming;
    case "slots":
      return [...cluster.standbys, ...new Array<null>(cluster.options.otherSlots).fill(null)];
    case "sample_standby":
    case "sample_primary":
    case "sample_reports": {
      const fed = server === cluster.primary ? cluster.streaming : [];
      return fed.length > 0 ? fed : [null];
    }
    case "receiver":
      return cluster.isStreaming(server) ? [server] : [];
    default:
      return [server];
  }
}

function checkPositions({ name, rows }: RecordedStatement): void {
  for (const row of [...rows.primary ?? [], ...rows.standby ?? []]) {
    for (const [column, value] of Object.entries(row)) {
      if (value === null || !POSITION.test(value) || MOVING_COLUMNS[name]?.[column] !== undefined) continue;
      throw new Error(`Position "${column}" of statement "${name}" must move: see moving_columns.ts`);
    }
  }
}
