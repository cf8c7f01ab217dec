import type { ConsistencyResult, ConsistencyVerdict } from "../../domain/consistency.ts";
import type { TableVerdict } from "./check_table.ts";

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
   * Takes in a check that ended. What was concluded stands until the next conclusion, but not against another primary.
   *
   * @param check The check.
   * @returns The result, and how the check before had ended; null before the first.
   */
  note(
    check: EndedCheck,
  ): { readonly result: ConsistencyResult; readonly verdictBefore: ConsistencyVerdict | null } {
    const { isWanted, verdict, reason, at, ...rest } = check;
    const key = keyOf(check);
    const known = this.#results.get(key) ?? null;
    const before = known?.primary === check.primary ? known : null;
    const isConclusive = verdict === "equal" || verdict === "different";
    const checks = known?.checks ?? NONE;
    const result: ConsistencyResult = {
      ...rest,
      verdict,
      reason,
      at,
      difference: isConclusive ? check.difference : before?.difference ?? null,
      conclusiveAt: isConclusive ? at : before?.conclusiveAt ?? null,
      conclusive: isConclusive ? { verdict, reason } : before?.conclusive ?? null,
      inconclusiveSince: isConclusive || !isWanted ? null : known?.inconclusiveSince ?? at,
      checks: { ...checks, [verdict]: checks[verdict] + 1 },
    };
    this.#results.set(key, result);
    return { result, verdictBefore: known?.verdict ?? null };
  }

  /** Forgets a table on a standby: it is not there any more. */
  forget(result: Pick<ConsistencyResult, "standby" | "table">): void {
    this.#results.delete(keyOf(result));
  }
}

function keyOf({ standby, table }: Pick<ConsistencyResult, "standby" | "table">): string {
  return JSON.stringify([standby, table]);
}
