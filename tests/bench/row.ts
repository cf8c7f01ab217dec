/** The result of a benchmark: {@linkcode Row}. */
import type { Stage } from "./stage.ts";

/** How a figure compares with its goal; a figure without a goal is information. */
export type Verdict = "met" | "MISSED" | "skipped" | "known";

/** One line of the table. */
export interface Row {
  /** What is measured. */
  readonly what: string;
  /** The goal; "" when there is none. */
  readonly goal: string;
  /** The measured value. */
  readonly figure: string;
  /** Whether it meets the goal. */
  readonly verdict: Verdict;
  /** Spread, parts and causes, a line each, for below the table. */
  readonly details?: readonly string[];
  /** The same as numbers, for `--json`; units in the names. */
  readonly values?: Readonly<Record<string, number>>;
}

/** One thing to measure. */
export interface Benchmark {
  /** For `--only`. */
  readonly name: string;
  /** What it measures, one sentence. */
  readonly help: string;
  /** Whether it runs only when it is named; absent: no. */
  readonly isByNameOnly?: boolean;
  /** Measures. */
  run(stage: Stage): Promise<readonly Row[]>;
}

/** The verdict on a goal. */
export function judge(isMet: boolean): Verdict {
  return isMet ? "met" : "MISSED";
}

/** A row without a measurement, with the reason. */
export function skippedRow(what: string, { goal, reason }: { goal: string; reason: string }): Row {
  return { what, goal, figure: reason, verdict: "skipped" };
}
