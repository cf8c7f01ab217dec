/** A standby and its upstream. */
export interface Link {
  /** The server that sends. */
  readonly upstream: string;
  /** The standby that receives. */
  readonly downstream: string;
}

/**
 * The replication tree: each name with its followers, in the order given. A name with two upstreams follows the first; a
 * cycle is cut at the link that would close it.
 *
 * @param names Every name, in the order they should appear.
 * @param links Who follows whom; names that are not in `names` are ignored.
 * @returns Followers by name; those without an upstream under "".
 */
export function deriveTree(
  names: readonly string[],
  links: readonly Link[],
): ReadonlyMap<string, readonly string[]> {
  const upstreams = new Map<string, string>();
  const followers = new Map<string, string[]>(["", ...names].map((name) => [name, []]));
  for (const { upstream, downstream } of links) {
    if (!followers.has(upstream) || !followers.has(downstream) || upstreams.has(downstream)) continue;
    if (!isAbove(downstream, { name: upstream, upstreams })) upstreams.set(downstream, upstream);
  }
  for (const name of new Set(names)) followers.get(upstreams.get(name) ?? "")?.push(name);
  return followers;
}

function isAbove(
  above: string,
  { name, upstreams }: { readonly name: string; readonly upstreams: ReadonlyMap<string, string> },
): boolean {
  for (let next: string | undefined = name; next !== undefined; next = upstreams.get(next)) {
    if (next === above) return true;
  }
  return false;
}

/** A tree of which not every name is shown. */
export interface CutTree {
  /** Followers by name, as in {@linkcode deriveTree}; only those that are shown. */
  readonly tree: ReadonlyMap<string, readonly string[]>;
  /** Names that are left out, below which name that is shown; "" for those without an upstream. */
  readonly hidden: ReadonlyMap<string, readonly string[]>;
}

/**
 * Cuts a tree to the most important names and everything above them.
 *
 * @param tree From {@linkcode deriveTree}.
 * @param important Every name, the most important first.
 * @param most How many to show.
 */
export function cutTree(
  tree: ReadonlyMap<string, readonly string[]>,
  important: readonly string[],
  most: number,
): CutTree {
  if (important.length <= most) return { tree, hidden: new Map() };
  const above = new Map([...tree].flatMap(([name, below]) => below.map((child) => [child, name] as const)));
  const shown = new Set([""]);
  for (const name of important.slice(0, most)) {
    for (
      let next: string | undefined = name;
      next !== undefined && !shown.has(next);
      next = above.get(next)
    ) {
      shown.add(next);
    }
  }
  const allBelow = (name: string): readonly string[] => [name, ...(tree.get(name) ?? []).flatMap(allBelow)];
  const parts = [...tree].filter(([name]) => shown.has(name));
  return {
    tree: new Map(parts.map(([name, below]) => [name, below.filter((child) => shown.has(child))])),
    hidden: new Map(
      parts.map(([name, below]) =>
        [name, below.filter((child) => !shown.has(child)).flatMap(allBelow)] as const
      )
        .filter(([, names]) => names.length > 0),
    ),
  };
}
