import { inspect } from "node:util";

const LONGEST_DIFF_LINES = 2000;

/** A value as text, complete, on as many lines as needed. */
export function show(value: unknown): string {
  return inspect(value, { depth: 20, sorted: true, compact: 1, maxArrayLength: null, maxStringLength: null });
}

/** The end of a sentence: the message of the caller, or a full stop. */
export function suffixOf(message: string | undefined): string {
  return message ? `: ${message}` : ".";
}

/** All lines, those that differ marked `-` (actual) and `+` (expected); by longest common subsequence. */
export function diff(actual: string, expected: string): string {
  const left = actual.split("\n");
  const right = expected.split("\n");
  if (left.length + right.length > LONGEST_DIFF_LINES) return `- ${actual}\n+ ${expected}`;
  const width = right.length + 1;
  const lengths = new Uint32Array((left.length + 1) * width);
  const lengthAt = (row: number, column: number) => lengths[row * width + column] ?? 0;
  for (let row = left.length - 1; row >= 0; row--) {
    for (let column = right.length - 1; column >= 0; column--) {
      lengths[row * width + column] = left[row] === right[column]
        ? lengthAt(row + 1, column + 1) + 1
        : Math.max(lengthAt(row + 1, column), lengthAt(row, column + 1));
    }
  }
  const lines: string[] = [];
  let row = 0;
  let column = 0;
  while (row < left.length || column < right.length) {
    if (row < left.length && column < right.length && left[row] === right[column]) {
      lines.push(`  ${left[row++]}`);
      column++;
    } else if (
      row < left.length && (column === right.length || lengthAt(row + 1, column) >= lengthAt(row, column + 1))
    ) {
      lines.push(`- ${left[row++]}`);
    } else {
      lines.push(`+ ${right[column++]}`);
    }
  }
  return lines.join("\n");
}
