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
   * Where the rows differed in the latest conclusive check, as text of the primary key: first and last key of the
   * smallest range; null when they were equal or it is unknown.
   */
  readonly difference: { readonly fromKey: string; readonly toKey: string } | null;
  /** Rows compared on the primary; null when none were. */
  readonly rowsCompared: number | null;
  /** Duration of the check, seconds. */
  readonly durationSeconds: number;
  /** When it ended: our monotonic seconds. */
  readonly at: number;
  /** When the latest conclusive check ended; null before the first. */
  readonly conclusiveAt: number | null;
  /** How the latest conclusive check ended, which stands until another one does; null before the first. */
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
}
