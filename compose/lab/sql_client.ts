/** SQL for the lab and its tests: one persistent connection, every query with a deadline. */
import postgres from "postgres";

/** A row as returned by the driver: bigint, numeric, pg_lsn and interval as text. */
export type Row = Readonly<Record<string, unknown>>;

/** Server and role of a connection. */
export interface SqlLogin {
  /** Loopback port. */
  readonly port: number;
  /** Role. */
  readonly user: string;
  /** Its password. */
  readonly password: string;
  /** Database; `postgres` when not given. */
  readonly database?: string;
}

/** One connection that opens on first use and again after it was lost. */
export class SqlClient implements AsyncDisposable {
  readonly #login: SqlLogin;
  #driver: postgres.Sql | null = null;

  /** Nothing connects until the first query. */
  constructor(login: SqlLogin) {
    this.#login = login;
  }

  /**
   * Runs one statement, or several separated by semicolons (the rows are then meaningless).
   *
   * @param text The SQL.
   * @param timeoutSeconds How long it may take, connecting included, in seconds.
   * @throws {Error} The server's error, or a timeout after which the connection is dropped
   */
  async query(text: string, timeoutSeconds = 30): Promise<readonly Row[]> {
    this.#driver ??= open(this.#login);
    const driver = this.#driver;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () =>
          reject(new Error(`No answer on port ${this.#login.port} after ${timeoutSeconds} s to: ${text}`)),
        timeoutSeconds * 1000,
      );
    });
    const answer = driver.unsafe(text);
    answer.catch(() => {}); // after the timeout, its failure is not awaited
    try {
      return await Promise.race([answer, late]);
    } catch (error) {
      if (!(error instanceof postgres.PostgresError)) await this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** First column of the first row as text; null for NULL or no row. */
  async text(text: string): Promise<string | null> {
    const [row] = await this.query(text);
    const value = Object.values(row ?? {})[0];
    return value === undefined || value === null ? null : String(value);
  }

  /** Closes the connection at once; the next query opens another. */
  async close(): Promise<void> {
    const driver = this.#driver;
    this.#driver = null;
    await driver?.end({ timeout: 0 }).catch(() => {});
  }

  /** Closes the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function open(login: SqlLogin): postgres.Sql {
  return postgres({
    host: "127.0.0.1",
    port: login.port,
    database: login.database ?? "postgres",
    username: login.user,
    password: login.password,
    ssl: false,
    max: 1,
    prepare: false,
    fetch_types: false,
    connect_timeout: 30,
    idle_timeout: 0,
    max_lifetime: null,
    backoff: false,
    onnotice: () => {},
    connection: { application_name: "lab" },
  });
}

/** SQLSTATE of a server's error; null for any other error. */
export function sqlStateOf(error: unknown): string | null {
  return error instanceof postgres.PostgresError ? error.code : null;
}
