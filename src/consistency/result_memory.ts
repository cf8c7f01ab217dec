import type { ConsistencyResult, ConsistencyVerdict } from "../domain/consistency.ts";
import type { TableSummary } from "./table_progress.ts";

/** A check that ended. */
export interface EndedCheck
  extends Omit<ConsistencyResult, "conclusive" | "conclusiveAt" | "inconclusiveSince" | "checks" | "pass"> {
  /** Whether the user named the table. */
  readonly isWanted: boolean;
  /** What all checks found out; null before one has read the table. */
  readonly known?: TableSummary | null;
}

const NO_CHECKS = { equal: 0, different: 0, busy: 0, skipped: 0, failed: 0 };

/** The latest results, and the conclusions that persist after inconclusive checks. */
export class ResultMemory {
  readonly #results = new Map<string, ConsistencyResult>();

  /** The latest result of each table on each standby, in the order of their first checks. */
  get results(): readonly ConsistencyResult[] {
    return [...this.#results.values()];
  }

  /**
   * Records a check that ended. A conclusion persists until the next one, as long as the primary is the same; a
   * difference persists until its part of the table was compared equal, whatever is concluded about other parts.
   *
   * @returns The result, and the verdict of the check before; null for the first.
   */
  record(
    check: EndedCheck,
  ): { readonly result: ConsistencyResult; readonly verdictBefore: ConsistencyVerdict | null } {
    const { isWanted, known, ...ended } = check;
    const { verdict, at } = ended;
    const latest = this.#results.get(resultKey(check)) ?? null;
    const before = latest?.primary === check.primary ? latest : null;
    const checks = latest?.checks ?? NO_CHECKS;
    const pass = known?.pass ?? before?.pass ?? null;
    const result: ConsistencyResult = {
      ...ended,
      ...conclude(check, before),
      inconclusiveSince: isConclusive(verdict) || !isWanted ? null : latest?.inconclusiveSince ?? at,
      checks: { ...checks, [verdict]: checks[verdict] + 1 },
      window: check.window ?? null,
      pass: pass === null || isWanted ? pass : { ...pass, incompleteSince: null },
    };
    this.#results.set(resultKey(check), result);
    return { result, verdictBefore: latest?.verdict ?? null };
  }

  /** Whether anything is known of a table on a standby. */
  has(result: ResultSubject): boolean {
    return this.#results.has(resultKey(result));
  }

  /** Forgets a table on a standby. */
  forget(result: ResultSubject): void {
    this.#results.delete(resultKey(result));
  }
}

function conclude(
  { verdict, reason, difference, at, known = null }: EndedCheck,
  before: ConsistencyResult | null,
): Pick<ConsistencyResult, "conclusive" | "conclusiveAt" | "difference"> {
  if (known !== null && known.persisting !== null) {
    const { reason, at: conclusiveAt, difference } = known.persisting;
    return { conclusive: { verdict: "different", reason }, conclusiveAt, difference };
  }
  if (isConclusive(verdict)) return { conclusive: { verdict, reason }, conclusiveAt: at, difference };
  // No difference persists, or the table is another one: nothing else is known.
  const isRefuted = before?.conclusive?.verdict === "different" && known !== null;
  if (before === null || isRefuted) return { conclusive: null, conclusiveAt: null, difference: null };
  const { conclusive = null, conclusiveAt } = before;
  return { conclusive, conclusiveAt, difference: before.difference };
}

function isConclusive(verdict: ConsistencyVerdict): verdict is "equal" | "different" {
  return verdict === "equal" || verdict === "different";
}

/** What distinguishes one result from the others. */
export type ResultSubject = Pick<ConsistencyResult, "standby" | "table" | "subscription">;

/** Text that is the same for the same table on the same standby or of the same subscription only. */
export function resultKey({ standby, table, subscription }: ResultSubject): string {
  return JSON.stringify([standby, table, subscription]);
}
