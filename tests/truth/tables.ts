/**
 * Tables of the accuracy page.
 *
 * @module
 */
import type { Row } from "./scenarios.ts";
import { BEHIND_SECONDS, type Score } from "./score.ts";

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, index) => index < 2 ? "---" : "--:"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Seconds in few digits; `-` when unknown. */
export function seconds(value: number | null): string {
  return value === null ? "-" : value.toFixed(value < 10 ? 2 : 1);
}

/** The largest error and the mean. */
export function errorCell({ moments, answered, meanError, worstError }: Score): string {
  if (answered === 0) return "no answer";
  const silent = answered < moments ? `, silent ${moments - answered} of ${moments}` : "";
  return `${seconds(worstError)} (${seconds(meanError)})${silent}`;
}

/** When lag was seen. */
export function seenCell({ seenAfterSeconds, answered }: Score): string {
  if (answered === 0) return "no answer";
  return seenAfterSeconds === null ? "never" : seconds(seenAfterSeconds);
}

/** How many answers of all. */
export function countCell(score: Score, count: number): string {
  if (score.answered === 0) return "no answer";
  return `${count} of ${score.answered}`;
}

/** Whether a row has a lag to detect. */
export function isBehind({ truthSeconds }: Pick<Row<string>, "truthSeconds">): boolean {
  return truthSeconds > BEHIND_SECONDS;
}

/**
 * A table with a line for each scenario and a column for each measurement.
 *
 * @param rows The scenarios.
 * @param options Heads of the measurements, columns before them, and what a score says.
 */
export function tableOf<W extends string, R extends Row<W> = Row<W>>(
  rows: readonly R[],
  { ways, extra, cell }: {
    readonly ways: readonly (readonly [way: W, head: string])[];
    readonly extra: readonly (readonly [head: string, cell: (row: R) => string])[];
    readonly cell: (score: Score) => string;
  },
): string {
  return table(
    ["", "scenario", ...extra.map(([head]) => head), ...ways.map(([, head]) => head)],
    rows.map((row) => [
      row.id,
      row.title,
      ...extra.map(([, text]) => text(row)),
      ...ways.map(([way]) => cell(row.scores[way])),
    ]),
  );
}
