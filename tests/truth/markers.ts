/**
 * Measures the true lag of standbys without PostgreSQL's replication views.
 *
 * Numbered rows are committed on the primary; the time of each commit is recorded with this process's monotonic clock.
 * The lag of a standby follows from the first row that is not visible there.
 *
 * @module
 */
import type { Server } from "../../compose/lab/server.ts";
import type { SqlClient } from "../../compose/lab/sql_client.ts";
import { until } from "../../compose/lab/until.ts";

/** A span of this process's monotonic clock, or of a quantity over such a span, seconds. */
export interface Span {
  /** Its beginning, or the minimum. */
  readonly from: number;
  /** Its end, or the maximum. */
  readonly to: number;
}

/** Our monotonic seconds. */
export function now(): number {
  return performance.now() / 1000;
}

/** How rows are written. */
export interface MarkerOptions {
  /** From one row to the next, seconds; 0.25 when not given. */
  readonly periodSeconds?: number;
  /** The database of their table; "postgres" when not given. */
  readonly database?: string;
}

/** Commits numbered rows at a steady pace until disposed. */
export class Markers implements AsyncDisposable {
  readonly #commits: { readonly from: number; to: number }[] = [];
  /** WAL without rows: after which row, and since when. */
  readonly #bare: { readonly after: number; readonly since: number }[] = [];
  readonly #periodSeconds: number;
  /** The database of the rows. */
  readonly database: string;
  #client: SqlClient;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> | null = null;
  #paused = true;

  private constructor(server: Server, { periodSeconds = 0.25, database = "postgres" }: MarkerOptions) {
    this.database = database;
    this.#client = server.connect("postgres", database);
    this.#periodSeconds = periodSeconds;
  }

  /** Makes the table and stays paused. */
  static async create(server: Server, options: MarkerOptions = {}): Promise<Markers> {
    const markers = new Markers(server, options);
    await markers.#client.query("CREATE TABLE IF NOT EXISTS markers (id int PRIMARY KEY)");
    return markers;
  }

  /** Number of the newest row begun; rows are numbered from 1. */
  get newest(): number {
    return this.#commits.length;
  }

  /** When a row was committed: within this span, whose end is `Infinity` while unknown. */
  commitOf(id: number): Span | null {
    return this.#commits[id - 1] ?? null;
  }

  /**
   * Records that WAL without a row may have been written, which a standby may still need although no row is missing:
   * the server's own WAL, a start, a promotion.
   *
   * @param since The earliest moment: our monotonic seconds.
   */
  noteBareWal(since: number): void {
    this.#bare.push({ after: this.newest, since });
  }

  /** Since when there may be WAL after a row and before the next; null when none is known. */
  bareWalAfter(id: number): number | null {
    return this.#bare.find(({ after }) => after >= id)?.since ?? null;
  }

  /** Writes from now on, the first row at once. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#loop();
  }

  /** Stops writing; waits for the write in progress. */
  async pause(): Promise<void> {
    this.#paused = true;
    clearTimeout(this.#timer);
    await this.#writing;
  }

  /** Writes one row. */
  async write(): Promise<void> {
    const commit = { from: now(), to: Infinity };
    this.#commits.push(commit);
    // Only a commit that waits for a standby takes long, and it is not visible before it ends.
    await this.#client.query(`INSERT INTO markers VALUES (${this.newest})`, 60);
    commit.to = now();
  }

  /** Writes to another server from now on, which has all rows. */
  async moveTo(server: Server): Promise<void> {
    await this.pause();
    await this.#client.close();
    this.#client = server.connect("postgres", this.database);
  }

  /** Pauses and waits until the standbys show every row. */
  async untilVisible(standbys: readonly Server[]): Promise<void> {
    await this.pause();
    await Promise.all(
      standbys.map((standby) =>
        until(`${standby.name} to show row ${this.newest}`, async () => {
          const visible = "SELECT COALESCE(max(id), 0) FROM markers";
          return await standby.client(this.database).text(visible) === String(this.newest);
        })
      ),
    );
  }

  /** Stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#paused = true;
    clearTimeout(this.#timer);
    await this.#client.close();
    await this.#writing;
  }

  #loop(): void {
    const startedAt = now();
    this.#writing = this.write().catch(() => {}).finally(() => {
      this.#writing = null;
      if (this.#paused) return;
      const wait = Math.max(0, this.#periodSeconds - (now() - startedAt));
      this.#timer = setTimeout(() => this.#loop(), wait * 1000);
    });
  }
}

/** Rows visible on a standby during a span of time. */
interface Sight {
  readonly during: Span;
  readonly visible: number;
}

/** Reads the visible rows of standbys. */
export class Witness implements AsyncDisposable {
  readonly #markers: Markers;
  readonly #clients = new Map<string, SqlClient>();
  readonly #visible = new Map<string, number>();
  readonly #blind = new Set<string>();

  /** Reads rows of these markers. */
  constructor(markers: Markers) {
    this.#markers = markers;
  }

  /** From now on a standby cannot be read and applies nothing: its last state remains valid. */
  blind(standby: Server): void {
    this.#blind.add(standby.name);
    this.#visible.set(standby.name, this.#markers.newest);
  }

  /** The standby can be read again. */
  async unblind(standby: Server): Promise<void> {
    this.#blind.delete(standby.name);
    await this.#clients.get(standby.name)?.close();
    this.#clients.delete(standby.name);
  }

  /** Reads a standby; returns its last state if it does not respond. */
  async look(standby: Server): Promise<Sight> {
    const from = now();
    if (!this.#blind.has(standby.name)) {
      const client = this.#clients.get(standby.name) ??
        standby.connect("postgres", this.#markers.database);
      this.#clients.set(standby.name, client);
      // Wait for a slow server: its earlier state must not be used as the current one.
      const seen = await client.query("SELECT COALESCE(max(id), 0) AS id FROM markers", 20).catch(() => null);
      if (seen !== null) this.#visible.set(standby.name, Number(seen[0]?.["id"]));
    }
    return { during: { from, to: now() }, visible: this.#visible.get(standby.name) ?? 0 };
  }

  /**
   * Minimum and maximum lag of a standby between two readings, seconds.
   *
   * @param before A reading before the span.
   * @param after A reading after it.
   */
  lagBetween(before: Sight, after: Sight): Span {
    const [first, last] = [this.#lagAt(before), this.#lagAt(after)];
    const elapsed = after.during.to - before.during.from;
    return { from: Math.min(first.from, last.from), to: Math.max(last.to, first.to + elapsed) };
  }

  /** Closes its connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  #lagAt({ during, visible }: Sight): Span {
    const missing = this.#markers.commitOf(visible + 1);
    const bareSince = this.#markers.bareWalAfter(visible);
    const bare = bareSince === null ? 0 : Math.max(0, during.to - bareSince);
    if (missing === null || missing.from > during.to) return { from: 0, to: bare };
    return {
      from: Math.max(0, during.from - missing.to),
      to: Math.max(bare, during.to - missing.from),
    };
  }
}
