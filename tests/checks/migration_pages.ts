/**
 * Our metrics on the migration pages.
 *
 * @module
 */

/** Cells of the column "Ours" of every table. */
export function oursOf(page: string): readonly string[] {
  const cells: string[] = [];
  let column = -1;
  for (const line of page.split("\n")) {
    if (!line.startsWith("|")) {
      column = -1;
      continue;
    }
    const row = line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim());
    if (column < 0) column = row.indexOf("Ours") < 0 ? row.length : row.indexOf("Ours");
    else if (!/^-+$/.test(row[0] ?? "")) cells.push(row[column] ?? "");
  }
  return cells.filter((cell) => cell !== "");
}

/** Code in a cell, without the escapes of tables. */
export function codeIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => (code ?? "").replaceAll("\\|", "|"));
}

/** Names of metrics in an expression, without labels and their values. */
export function metricsIn(expression: string): readonly string[] {
  return [...expression.replaceAll(/\{[^}]*\}/g, "").matchAll(/\b(?:pgrepl|pg)_[a-z_]+\b/g)].map(([name]) =>
    name
  );
}
