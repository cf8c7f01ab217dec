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
