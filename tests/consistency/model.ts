/**
 * A model of a primary and a standby: transactions, WAL, visibility, and what other sessions do in between.
 *
 * @module
 */
import {
  type PrimaryTable,
  type RowFingerprint,
  type ServerTable,
  type SnapshotState,
  STANDBY_ROLES,
  type StandbyTable,
  type TablePair,
} from "../../src/consistency/server_table.ts";
import type { ComparedTable, KeyRange, RowKey } from "../../src/consistency/table_sql.ts";

/** A table with one whole number as its key. */
export const TABLE: ComparedTable = {
  name: { schema: "public", table: "t" },
  identity: "t",
  estimatedRows: 60,
  isPartitioned: false,
  key: [{ name: "id", type: "integer", isCollated: false }],
};

interface Version {
  readonly content: string;
  readonly xid: number;
}

type State = Map<number, Version>;

interface Commit {
  readonly xid: number;
  readonly key: number;
  /** null: deleted. */
  readonly content: string | null;
  isVisible: boolean;
}

/** Two servers; `next` returns whole numbers from 0 to 2^16 - 1 that decide what happens. */
export class Model {
  /** How much happens between two steps of a check; 0: nothing. */
  bustle = 0;
  /** Keys that are changed: 0 to this less one. */
  keys = 30;
  /** What the standby shows otherwise than it should: null hides the row. */
  readonly damage = new Map<number, string | null>();
  /** Whether the standby is one. */
  isStandby = true;
  /** Whether the standby applies anything. */
  isApplying = true;
  readonly #next: () => number;
  readonly #log: Commit[] = [];
  #applied = 0;
  #flushed = 0;
  #now = 0;

  constructor(next: () => number) {
    this.#next = next;
  }

  /** Commits a change, visible at once unless it waits, and returns how to end the wait. */
  commit(key: number, content: string | null, { waits = false } = {}): () => void {
    const commit: Commit = { xid: this.#log.length + 1, key, content, isVisible: !waits };
    this.#log.push(commit);
    return () => commit.isVisible = true;
  }

  /** Lets the standby apply everything. */
  applyAll(): void {
    this.#flushed = this.#applied = this.#log.length;
  }

  /** The pair as a check sees it. */
  get pair(): TablePair {
    const standby: StandbyTable = {
      ...this.#side(() => this.#standbyState(), () => ({
        inRecovery: this.isStandby,
        insertPosition: null,
        flushPosition: null,
        running: [],
      })),
      replayed: async () => {
        await this.#step();
        if (this.isApplying) this.#apply(1 + this.#next() % 3);
        return { inRecovery: this.isStandby, position: BigInt(this.#applied) };
      },
      shownEarly: async (xids) => {
        await this.#step();
        const applied = new Set(this.#log.slice(0, this.#applied).map(({ xid }) => String(xid)));
        return xids.filter((xid) => applied.has(xid));
      },
    };
    const primary: PrimaryTable = {
      ...this.#side(() => this.#stateOf(this.#log.filter(({ isVisible }) => isVisible)), () => ({
        inRecovery: false,
        insertPosition: BigInt(this.#log.length),
        flushPosition: BigInt(this.#flushed),
        running: this.#log.filter(({ isVisible }) => !isVisible).map(({ xid }) => String(xid)),
      })),
      recordEnd: (position) => position,
    };
    const clock = {
      monotonic: () => this.#now,
      wall: () => this.#now,
      sleep: async (seconds: number) => {
        this.#now += seconds;
        // Now and then the WAL writer flushes.
        if (this.#next() % 3 === 0) this.#flushed = this.#log.length;
        await this.#step();
      },
    };
    return {
      roles: STANDBY_ROLES,
      table: TABLE,
      primary,
      standby,
      clock,
      signal: new AbortController().signal,
      maxWaitSeconds: 30,
    };
  }

  /** A standby applies no more than was on the primary's disk. */
  #apply(commits: number): void {
    this.#applied = Math.min(this.#flushed, this.#applied + commits);
  }

  #standbyState(): State {
    const state = this.#stateOf(this.#log.slice(0, this.#applied));
    for (const [key, content] of this.damage) {
      if (content === null) state.delete(key);
      else state.set(key, { content, xid: -1 });
    }
    return state;
  }

  #stateOf(commits: readonly Commit[]): State {
    const state: State = new Map();
    for (const { key, content, xid } of commits) {
      if (content === null) state.delete(key);
      else state.set(key, { content, xid });
    }
    return state;
  }

  /** What other sessions do: changes, there and back, in and out, commits that wait, flushes, replay. */
  #step(): Promise<void> {
    for (let left = this.bustle === 0 ? 0 : this.#next() % (this.bustle + 1); left > 0; left--) {
      const [what, key] = [this.#next() % 8, this.#next() % this.keys];
      const waiting = this.#log.filter(({ isVisible }) => !isVisible);
      const isLocked = waiting.some((each) => each.key === key);
      const content = this.#stateOf(this.#log).get(key)?.content ?? null;
      if (what === 0) this.#flushed = Math.min(this.#log.length, this.#flushed + 1 + this.#next() % 4);
      else if (what === 1) this.#apply(1 + this.#next() % 4);
      else if (what === 2) waiting.forEach((each) => each.isVisible = true);
      else if (isLocked) continue;
      else if (what === 3) this.commit(key, content === null ? "new" : null, { waits: true });
      else if (what === 4) this.commit(key, content === null ? "new" : null);
      else if (what === 5) this.commit(key, `changed ${this.#next() % 3}`);
      else {
        this.commit(key, content === null ? "for a moment" : null);
        this.commit(key, content);
      }
    }
    return Promise.resolve();
  }

  #side(state: () => State, standing: () => SnapshotState): ServerTable {
    const read = async (isIn: (key: number) => boolean) => {
      await this.#step();
      const rows: RowFingerprint[] = [...state()].filter(([key]) => isIn(key)).toSorted(([a], [b]) => a - b)
        .map(([key, { content, xid }]) => ({ key: [String(key)], content, version: String(xid) }));
      return { ...standing(), rows };
    };
    return {
      async sum(range, limit) {
        const { rows, ...rest } = await read((key) => isWithin(key, range));
        const some = rows.slice(0, limit);
        const content = some.map((row) => row.content).toSorted().join();
        return { ...rest, rows: some.length, content, versions: some.map(({ version }) => version).join() };
      },
      async rows(range, limit) {
        const { rows, ...rest } = await read((key) => isWithin(key, range));
        return { ...rest, rows: rows.slice(0, limit) };
      },
      lookUp: (rows) => read((key) => rows.some(({ key: [each] }) => each === String(key))),
      async keyAt(range, offset): Promise<RowKey | null> {
        const { rows } = await read((key) => isWithin(key, range));
        return rows[offset]?.key ?? null;
      },
    };
  }
}

function isWithin(key: number, { after, upTo }: KeyRange): boolean {
  return (after === null || key > Number(after[0])) && (upTo === null || key <= Number(upTo[0]));
}

/** A model with rows 0 to `rows` - 1 on both servers; what happens follows from a seed. */
export function modelOf(rows: number, seed = 1): Model {
  let state = seed >>> 0;
  const model = new Model(() => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 16;
  });
  for (let key = 0; key < rows; key++) model.commit(key, `row ${key}`);
  model.applyAll();
  return model;
}
