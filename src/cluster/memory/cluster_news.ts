/** Counts what was remembered, except for positions: of all clusters, and of those with one name. */
export class ClusterNews {
  #revision = 0;
  /** Since when nothing that was counted before says anything of a name. */
  #common = 0;
  readonly #revisions = new Map<string, number>();

  /** Changes with everything that is remembered. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * Changes with what is remembered of the clusters with a name.
   *
   * @param cluster The name that the user gave; "" without one.
   */
  of(cluster: string): number {
    return Math.max(this.#common, this.#revisions.get(cluster) ?? 0);
  }

  /** Something of the clusters with a name is remembered. */
  add(cluster: string): void {
    this.#revisions.set(cluster, ++this.#revision);
  }

  /** Something that may concern every cluster is remembered. */
  addOfAll(): void {
    this.#common = ++this.#revision;
  }

  /** Forgets all other names. */
  keepOnly(clusters: ReadonlySet<string>): void {
    for (const name of this.#revisions.keys()) if (!clusters.has(name)) this.#revisions.delete(name);
  }
}
