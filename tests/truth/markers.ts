/**
 * The true lag of standbys, measured without PostgreSQL's replication views.
 *
 * Numbered rows are committed on the primary, and the time of each commit is recorded on this process's monotonic clock.
 * A standby is behind by what a reader of it would miss: since the first row that is not visible there.
 *
 * @module
 */
import type { Server } from "../../compose/lab/server.ts";
import type { SqlClient } from "../../compose/lab/sql_client.ts";
import { until } from "../../compose/lab/until.ts";

/** A span of this process's monotonic clock, or of a quantity over such a span, seconds. */
export interface Span {
  /** Its start, or the minimum. */
  readonly from: number;
  /** Its end, or the maximum. */
  readonly to: number;
}

/** Our monotonic seconds. */
export function now(): number {
  return performance.now() / 1000;
}

/** Commits numbered rows at a constant rate until disposed. */
export class Markers implements AsyncDisposable {
  readonly #commits: { readonly from: number; to: number }[] = [];
  /** WAL without rows: after which row, and since when. */
  readonly #bare: { readonly after: number; readonly since: number }[] = [];
  readonly #periodSeconds: number;
  #client: SqlClient;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> | null = null;
  #paused = true;

  private constructor(server: Server, periodSeconds: number) {
    this.#client = server.connect("postgres");
    this.#periodSeconds = periodSeconds;
  }

  /** Creates the table and stays paused. */
  static async create(server: Server, options: { readonly periodSeconds?: number } = {}): Promise<Markers> {
    const markers = new Markers(server, options.periodSeconds ?? 0.25);
    await markers.#client.query("CREATE TABLE IF NOT EXISTS markers (id int PRIMARY KEY)");
    return markers;
  }

  /** Number of the newest row started; rows are numbered from 1. */
  get newest(): number {
    return this.#commits.length;
  }

  /** When a row was committed: a moment in this span, whose end is `Infinity` while unknown. */
  commitOf(id: number): Span | null {
    return this.#commits[id - 1] ?? null;
  }

  /**
   * Records that WAL without a row may have been written, which a standby may not have although no reader misses anything:
   * WAL that the server writes by itself, a start, a promotion.
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

  /** Starts writing, with the first row at once. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#loop();
  }

  /** Stops writing; waits for the current write. */
  async pause(): Promise<void> {
    this.#paused = true;
    clearTimeout(this.#timer);
    await this.#writing;
  }

  /** Writes one row. */
  async write(): Promise<void> {
    const commit = { from: now(), to: Infinity };
    this.#commits.push(commit);
    // Only a commit that waits for a standby takes long, and it is not visible anywhere before it ends.
    await this.#client.query(`INSERT INTO markers VALUES (${this.newest})`, 60);
    commit.to = now();
  }

  /** Writes to another server from now on, which has all rows. */
  async moveTo(server: Server): Promise<void> {
    await this.pause();
    await this.#client.close();
    this.#client = server.connect("postgres");
  }

  /** Pauses and waits until the standbys show every row. */
  async untilVisible(standbys: readonly Server[]): Promise<void> {
    await this.pause();
    await Promise.all(
      standbys.map((standby) =>
        until(`${standby.name} to show row ${this.newest}`, async () => {
          return await standby.text("SELECT COALESCE(max(id), 0) FROM markers") === String(this.newest);
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

/** The rows visible on a standby during a span. */
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

  /** Reads the rows of these markers. */
  constructor(markers: Markers) {
    this.#markers = markers;
  }

  /** From now on a standby cannot be queried and applies nothing: it has the rows last seen. */
  blind(standby: Server): void {
    this.#blind.add(standby.name);
    this.#visible.set(standby.name, this.#markers.newest);
  }

  /** It can be queried again. */
  async unblind(standby: Server): Promise<void> {
    this.#blind.delete(standby.name);
    await this.#clients.get(standby.name)?.close();
    this.#clients.delete(standby.name);
  }

  /** The rows visible on a standby now; those last seen when it does not respond. */
  async look(standby: Server): Promise<Sight> {
    const from = now();
    if (!this.#blind.has(standby.name)) {
      const client = this.#clients.get(standby.name) ?? standby.connect("postgres");
      this.#clients.set(standby.name, client);
      // Wait for a server that responds late; otherwise old rows would be taken for current ones.
      const seen = await client.query("SELECT COALESCE(max(id), 0) AS id FROM markers", 20).catch(() => null);
      if (seen !== null) this.#visible.set(standby.name, Number(seen[0]?.["id"]));
    }
    return { during: { from, to: now() }, visible: this.#visible.get(standby.name) ?? 0 };
  }

  /**
   * The minimum and maximum lag of a standby between two readings, seconds.
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
