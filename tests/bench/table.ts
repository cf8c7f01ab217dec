/** The table of results. */
import type { Row } from "./row.ts";

/** Maximum width of the first column; longer text wraps between words. */
const WIDTH = 58;

function wrap(text: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/**
 * Renders rows with goal, figure and verdict, and below them the details with the numbers of the rows.
 *
 * @param rows In order.
 */
export function renderTable(rows: readonly Row[]): string {
  const cells = [
    { number: "", what: "measured", goal: "goal", figure: "figure", verdict: "verdict" },
    ...rows.map((row, index) => ({
      ...row,
      number: String(index + 1),
      goal: row.goal === "" ? "-" : row.goal,
    })),
  ];
  const width = (column: "goal" | "figure") => Math.max(...cells.map((cell) => cell[column].length));
  const goalWidth = width("goal");
  const figureWidth = width("figure");
  const lines = cells.flatMap(({ number, what, goal, figure, verdict }) =>
    wrap(what).map((text, index) =>
      index > 0
        ? `    ${text}`
        : `${number.padStart(2)}  ${text.padEnd(WIDTH)}  ${goal.padEnd(goalWidth)}  ${
          figure.padEnd(figureWidth)
        }  ${verdict}`
    )
  );
  const details = rows.flatMap(({ details = [] }, index) =>
    details.map((detail, line) => `${line === 0 ? String(index + 1).padStart(2) : "  "}  ${detail}`)
  );
  return [...lines, "", ...details].map((line) => `${line.trimEnd()}\n`).join("");
}
