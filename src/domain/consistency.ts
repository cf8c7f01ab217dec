/**
 * Results of the consistency check: whether a table has the same rows on primary and standby, or on both ends of a
 * subscription.
 *
 * @module
 */

/** How a consistency check can end. */
export const CONSISTENCY_VERDICTS = [
  "equal", // conclusive: the primary did not change between its two reads, and the standby agrees with it
  "different", // conclusive: the primary did not change between its two reads, and the standby disagrees with it
  "busy", // inconclusive: the primary changed during every attempt
  "skipped", // not attempted: the standby is unreachable or too far behind, or the table does not exist
  "failed", // attempted, and ended by an error or a budget
] as const;

/** One of {@linkcode CONSISTENCY_VERDICTS}. */
export type ConsistencyVerdict = typeof CONSISTENCY_VERDICTS[number];

/** The rows that one check compared, by keys as text: after `afterKey`, up to and including `upToKey`. */
export interface ConsistencyWindow {
  /** Key before the first row; null: from the first row of the table. */
  readonly afterKey: string | null;
  /** Key of the last row; null: to the end of the table. */
  readonly upToKey: string | null;
}

/** One way through a table, in as many checks as it takes. */
export interface ConsistencyPass {
  /**
   * Share of the table's rows decided, equal or different, in the current pass or the one that has just ended, 0 to 1;
   * an estimate during the pass, null when the number of rows is unknown.
   */
  readonly ratio: number | null;
  /** End of the latest pass in which every part was decided: our monotonic seconds; null before the first. */
  readonly fullAt: number | null;
  /**
   * Since when every pass that ended had undecided parts: our monotonic seconds; null: the latest had none, or the user
   * did not name the table.
   */
  readonly incompleteSince: number | null;
  /** Why a part of the pass is undecided; "" when no part is. */
  readonly undecidedBecause: string;
}

/** Rows of a subscriber that differ, to repair them. */
export interface DifferentRows {
  /** Names of the key's columns. */
  readonly key: readonly string[];
  /** Names of the published columns. */
  readonly columns: readonly string[];
  /** Keys of rows that differ on the subscriber or are missing there; no more than twenty in all. */
  readonly toCopy: readonly (readonly string[])[];
  /** Keys of rows that only the subscriber has. */
  readonly extra: readonly (readonly string[])[];
  /** Whether the subscriber publishes the table itself. */
  readonly isPublishedAgain: boolean;
}

/** The latest check of one table on one standby, or on one subscriber. */
export interface ConsistencyResult {
  /** Server name of the primary it was compared with; of the publisher. */
  readonly primary: string;
  /** Server name of the standby; of the subscriber. */
  readonly standby: string;
  /** The subscription that has the table, as `SubscriptionFact.subscription`; absent on a standby. */
  readonly subscription?: string;
  /** Schema and table, as configured: `public.test_data`. */
  readonly table: string;
  /** How it ended. */
  readonly verdict: ConsistencyVerdict;
  /** Why, in one sentence; for a difference also where. */
  readonly reason: string;
  /**
   * Where the rows differ: first and last key of the smallest range, as text. Persists until its part of the table was
   * compared equal; null when nothing differs, or it is unknown where.
   */
  readonly difference: {
    readonly fromKey: string;
    readonly toKey: string;
    /** The rows; absent on a standby. */
    readonly rows?: DifferentRows;
  } | null;
  /** Rows compared on the primary; null when none were. */
  readonly rowsCompared: number | null;
  /** Duration of the check, seconds. */
  readonly durationSeconds: number;
  /** When it ended: our monotonic seconds. */
  readonly at: number;
  /** When the latest conclusive check ended, or a persisting difference was last seen; null before the first. */
  readonly conclusiveAt: number | null;
  /**
   * The latest conclusion: `different` until every part that differed was compared equal, else the verdict of the latest
   * conclusive check; null before the first.
   */
  readonly conclusive?: {
    /** The verdict. */
    readonly verdict: "equal" | "different";
    /** Its reason. */
    readonly reason: string;
  } | null;
  /**
   * Since when every check was inconclusive: our monotonic seconds; null when the latest was conclusive, or the user did
   * not name the table.
   */
  readonly inconclusiveSince?: number | null;
  /** Checks since start, by verdict. */
  readonly checks?: Readonly<Record<ConsistencyVerdict, number>>;
  /** The rows that the latest check compared; null when it compared none. */
  readonly window?: ConsistencyWindow | null;
  /** Progress of the checks through the table; null before the first that read it. */
  readonly pass?: ConsistencyPass | null;
}
