/**
 * Whether a table has the same rows on primary and standby.
 *
 * @module
 */

/** How a consistency check can end. */
export const CONSISTENCY_VERDICTS = [
  "equal", // conclusive: the primary agreed with itself before and after, and the standby with it
  "different", // conclusive: the primary agreed with itself, the standby did not agree with it
  "busy", // the primary changed during every try: nothing can be said
  "skipped", // not tried: the standby is too far behind or not reached, or the table is not there
  "failed", // tried, and an error or a budget ended it
] as const;

/** One of {@linkcode CONSISTENCY_VERDICTS}. */
export type ConsistencyVerdict = typeof CONSISTENCY_VERDICTS[number];

/** The rows that one check compared: behind a first key, up to and including a last one, as text of the primary key. */
export interface ConsistencyWindow {
  /** The key before the first row; null: it began with the first row. */
  readonly afterKey: string | null;
  /** The last key; null: it came to the end of the table. */
  readonly upToKey: string | null;
}

/** How far the checks have come through a table that one check may not read whole. */
export interface ConsistencyPass {
  /**
   * Share of the table's rows that were decided, equal or different, in the pass that is under way or has just ended,
   * from 0 to 1; while it is under way an estimate, null when the number of rows is not known.
   */
  readonly ratio: number | null;
  /** When the latest pass ended in which every part was decided: our monotonic seconds; null before the first. */
  readonly fullAt: number | null;
  /**
   * Since when every pass that ended had parts that could not be decided: our monotonic seconds; null: none had, or
   * nobody asked for the table.
   */
  readonly incompleteSince: number | null;
  /** Why a part of the pass could not be decided; "" when none could not. */
  readonly undecidedBecause: string;
}

/** The latest check of one table on one standby. */
export interface ConsistencyResult {
  /** Server name of the primary it was compared with. */
  readonly primary: string;
  /** Server name of the standby. */
  readonly standby: string;
  /** Schema and table, as configured: `public.test_data`. */
  readonly table: string;
  /** How it ended. */
  readonly verdict: ConsistencyVerdict;
  /** Why, in one sentence for a person; for a difference also where. */
  readonly reason: string;
  /**
   * Where the rows differ, as text of the primary key: first and last key of the smallest range. It stands until the
   * part of the table that it was found in was compared equal; null when none does, or it is unknown where.
   */
  readonly difference: { readonly fromKey: string; readonly toKey: string } | null;
  /** Rows compared on the primary; null when none were. */
  readonly rowsCompared: number | null;
  /** Duration of the check, seconds. */
  readonly durationSeconds: number;
  /** When it ended: our monotonic seconds. */
  readonly at: number;
  /**
   * When the latest conclusive check ended; of a difference that stands, when it was last seen; null before the first.
   */
  readonly conclusiveAt: number | null;
  /**
   * What stands: `different` until every part that was different has been compared equal again, else how the latest
   * conclusive check ended; null before the first.
   */
  readonly conclusive?: {
    /** How. */
    readonly verdict: "equal" | "different";
    /** Its reason. */
    readonly reason: string;
  } | null;
  /**
   * Since when every check was inconclusive: our monotonic seconds; null when the latest was conclusive, and for a
   * table that nobody asked for.
   */
  readonly inconclusiveSince?: number | null;
  /** Checks since start, by how they ended. */
  readonly checks?: Readonly<Record<ConsistencyVerdict, number>>;
  /** The rows that the latest check compared; null when it compared none. */
  readonly window?: ConsistencyWindow | null;
  /** How far the checks have come through the table; null before the first that read it. */
  readonly pass?: ConsistencyPass | null;
}
