import type { ConsistencyPass, ConsistencyResult, ConsistencyVerdict } from "../domain/consistency.ts";
import type { TableVerdict } from "./check_table.ts";
import type { WalkSummary } from "./table_walk.ts";

/** A check that ended. */
export interface EndedCheck extends TableVerdict {
  /** Name of the primary. */
  readonly primary: string;
  /** Name of the standby. */
  readonly standby: string;
  /** The table. */
  readonly table: string;
  /** Duration, seconds. */
  readonly durationSeconds: number;
  /** When it ended: our monotonic seconds. */
  readonly at: number;
  /** Whether somebody named the table. */
  readonly isWanted: boolean;
  /** What stands after all checks; null before one has read the table. */
  readonly known?: WalkSummary | null;
}

const NONE: Readonly<Record<ConsistencyVerdict, number>> = {
  equal: 0,
  different: 0,
  busy: 0,
  skipped: 0,
  failed: 0,
};

/** The latest results, and what outlives a check that said nothing. */
export class ResultMemory {
  readonly #results = new Map<string, ConsistencyResult>();

  /** The latest result of each table on each standby, in the order of their first checks. */
  get results(): readonly ConsistencyResult[] {
    return [...this.#results.values()];
  }

  /**
   * Takes in a check that ended. What was concluded stands until the next conclusion, but not against another primary; a
   * difference stands until its part of the table was compared equal, whatever is concluded of other parts.
   *
   * @param check The check.
   * @returns The result, and how the check before had ended; null before the first.
   */
  note(
    check: EndedCheck,
  ): { readonly result: ConsistencyResult; readonly verdictBefore: ConsistencyVerdict | null } {
    const { isWanted, verdict, reason, at, known, ...rest } = check;
    const key = keyOf(check);
    const latest = this.#results.get(key) ?? null;
    const before = latest?.primary === check.primary ? latest : null;
    const isConclusive = verdict === "equal" || verdict === "different";
    const checks = latest?.checks ?? NONE;
    const result: ConsistencyResult = {
      ...rest,
      verdict,
      reason,
      at,
      ...conclude(check, before),
      inconclusiveSince: isConclusive || !isWanted ? null : latest?.inconclusiveSince ?? at,
      checks: { ...checks, [verdict]: checks[verdict] + 1 },
      window: check.window ?? null,
      pass: passOf(known?.pass ?? before?.pass ?? null, isWanted),
    };
    this.#results.set(key, result);
    return { result, verdictBefore: latest?.verdict ?? null };
  }

  /** Forgets a table on a standby: it is not there any more. */
  forget(result: Pick<ConsistencyResult, "standby" | "table">): void {
    this.#results.delete(keyOf(result));
  }
}

/** Nobody waits for a table that nobody named. */
function passOf(pass: ConsistencyPass | null, isWanted: boolean): ConsistencyPass | null {
  return pass === null || isWanted ? pass : { ...pass, incompleteSince: null };
}

type Conclusion = Pick<ConsistencyResult, "conclusive" | "conclusiveAt" | "difference">;

function conclude(
  { verdict, reason, difference, at, known }: EndedCheck,
  before: ConsistencyResult | null,
): Conclusion {
  const standing = known?.standing ?? null;
  if (standing !== null) {
    const conclusive = { verdict: "different" as const, reason: standing.reason };
    return { conclusive, conclusiveAt: standing.at, difference: standing.difference };
  }
  if (verdict === "equal" || verdict === "different") {
    return { conclusive: { verdict, reason }, conclusiveAt: at, difference };
  }
  // Nothing that was found different is so any more, or it was another table: what else there is, is not known.
  const isRefuted = before?.conclusive?.verdict === "different" && known !== undefined && known !== null;
  if (before === null || isRefuted) return { conclusive: null, conclusiveAt: null, difference: null };
  const { conclusive = null, conclusiveAt } = before;
  return { conclusive, conclusiveAt, difference: before.difference };
}

function keyOf({ standby, table }: Pick<ConsistencyResult, "standby" | "table">): string {
  return JSON.stringify([standby, table]);
}
