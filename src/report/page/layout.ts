/** A position in a drawing. */
export interface GridPosition {
  /** 0 is the leftmost. */
  readonly column: number;
  /** 0 is the topmost; half rows occur. */
  readonly row: number;
}

/** The positions of a tree. */
export interface Layout {
  /** Positions by name. */
  readonly positions: ReadonlyMap<string, GridPosition>;
  /** Number of columns. */
  readonly columns: number;
  /** Number of rows. */
  readonly rows: number;
}

/**
 * Lays out a tree from left to right: a column per level, a row per leaf, every other name beside its followers.
 *
 * @param tree From `deriveTree()`.
 * @param beside Beside the middle of its followers, or the first, which stays in view when there are many.
 */
export function deriveLayout(
  tree: ReadonlyMap<string, readonly string[]>,
  beside: "middle" | "first" = "middle",
): Layout {
  const positions = new Map<string, GridPosition>();
  let rows = 0;
  let columns = 0;
  const place = (name: string, column: number): number => {
    columns = Math.max(columns, column + 1);
    const below = (tree.get(name) ?? []).map((child) => place(child, column + 1));
    const first = below[0];
    const last = below.at(-1);
    const row = first === undefined || last === undefined
      ? rows++
      : beside === "first"
      ? first
      : (first + last) / 2;
    positions.set(name, { column, row });
    return row;
  };
  for (const name of tree.get("") ?? []) place(name, 0);
  return { positions, columns, rows };
}
