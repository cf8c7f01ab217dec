/** One place in a drawing: which column and, in units of a row, how far down. */
export interface Place {
  /** 0 is the leftmost. */
  readonly column: number;
  /** 0 is the first; half rows occur. */
  readonly row: number;
}

/** Where everything stands. */
export interface Layout {
  /** Places by name. */
  readonly places: ReadonlyMap<string, Place>;
  /** Number of columns. */
  readonly columns: number;
  /** Number of rows. */
  readonly rows: number;
}

/** Who follows whom, as far as a drawing cares. */
export interface Link {
  /** Who sends. */
  readonly upstream: string;
  /** Who receives. */
  readonly downstream: string;
}

/**
 * The tree that is drawn: each name with those below it, in the order given. A name with two upstreams stands below
 * the first; a circle is cut where it is met first.
 *
 * @param names Every name, in the order they should appear.
 * @param links Who follows whom; names that are not in `names` are left out.
 * @returns Those below each name; those at the top below "".
 */
export function deriveTree(
  names: readonly string[],
  links: readonly Link[],
): ReadonlyMap<string, readonly string[]> {
  const parents = new Map<string, string>();
  const known = new Set(names);
  for (const { upstream, downstream } of links) {
    if (!known.has(upstream) || !known.has(downstream) || parents.has(downstream)) continue;
    if (!isAbove(parents, { name: upstream, above: downstream })) parents.set(downstream, upstream);
  }
  const children = new Map<string, string[]>([["", []], ...names.map((name) => [name, []] as const)]
    .map(([name]) => [String(name), []]));
  for (const name of known) children.get(parents.get(name) ?? "")?.push(name);
  return children;
}

function isAbove(
  parents: ReadonlyMap<string, string>,
  { name, above }: { readonly name: string; readonly above: string },
): boolean {
  for (let next: string | undefined = name; next !== undefined; next = parents.get(next)) {
    if (next === above) return true;
  }
  return false;
}

/**
 * Places a tree from left to right: one column for each step from the top, one row for each name with nobody below it,
 * everybody else beside those below.
 *
 * @param tree As {@linkcode deriveTree} makes it.
 * @param beside Which of those below: the middle, or the first, which is in sight when there are many.
 */
export function deriveLayout(
  tree: ReadonlyMap<string, readonly string[]>,
  beside: "middle" | "first" = "middle",
): Layout {
  const places = new Map<string, Place>();
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
    places.set(name, { column, row });
    return row;
  };
  for (const name of tree.get("") ?? []) place(name, 0);
  return { places, columns, rows };
}
