import type { Finding } from "../domain/finding.ts";
import { memoized } from "../domain/memoized.ts";
import type { View } from "../domain/view.ts";
import { CLUSTER_INSTANCE, clusterOfFinding } from "./findings/view_queries.ts";

/** The part of a view that concerns one server. */
export interface ServerScope {
  /** The view without everything else. */
  readonly view: View;
  /** Whether a series with this `instance` concerns the server. */
  includes(instance: string | undefined): boolean;
}

/**
 * The parts of a view by the servers that they concern: every probe reads its own part of one view. Standbys are found by
 * their own name, and those that are not watched by their upstream too.
 */
const scopeIndexOf = memoized((view: View) => {
  const servers = new Map(view.servers.map((each) => [each.server, each]));
  return {
    servers,
    clusters: Map.groupBy(view.clusters, ({ key }) => key),
    standbys: Map.groupBy(view.standbys, ({ name }) => name),
    unwatched: Map.groupBy(
      view.standbys.filter(({ name }) => !servers.has(name)),
      ({ upstream }) => upstream,
    ),
    findings: Map.groupBy(view.findings, ({ server }) => server),
    upstreams: Map.groupBy(view.edges, ({ downstream }) => downstream),
    downstreams: Map.groupBy(view.edges, ({ upstream }) => upstream),
    slotCopies: Map.groupBy(view.slotCopies, ({ server }) => server),
    slotForecasts: Map.groupBy(view.slotForecasts, ({ server }) => server),
  };
});

/**
 * The scope of one server: its own series; of a primary also those of its cluster and of its standbys that are not
 * watched themselves.
 *
 * @param view Everything known.
 * @param name The server's name.
 */
export function scopeOfServer(view: View, name: string): ServerScope {
  const index = scopeIndexOf(view);
  const server = index.servers.get(name);
  const own = server?.aliasOf ?? name;
  const clusters = index.clusters.get(server?.clusterKey ?? "") ?? [];
  const isPrimary = clusters.some(({ primaries }) => primaries.includes(own));
  const unwatched = index.unwatched.get(own) ?? [];
  const standbys = [...index.standbys.get(own) ?? [], ...unwatched];
  const instances = new Set([name, ...unwatched.map((standby) => standby.name)]);
  if (isPrimary) instances.add(CLUSTER_INSTANCE);
  return {
    view: {
      ...view,
      servers: server === undefined ? [] : [server],
      clusters,
      standbys,
      edges: [...index.upstreams.get(own) ?? [], ...index.downstreams.get(own) ?? []],
      slotCopies: index.slotCopies.get(name) ?? [],
      slotForecasts: index.slotForecasts.get(name) ?? [],
      findings: [...instances].flatMap((instance) => index.findings.get(instance) ?? [])
        .filter((finding) => !isOfOtherCluster(finding, server?.clusterKey ?? null, view)),
      ...view.catalogues === undefined
        ? {}
        : { catalogues: view.catalogues.filter((each) => each.server === own) },
      consistency: view.consistency.filter(({ primary, standby }) => primary === own || standby === own),
    },
    includes: (instance) => instance !== undefined && instances.has(instance),
  };
}

/** Whether a finding is filed under another cluster, or under a system identifier that this one does not have. */
function isOfOtherCluster({ server, subject }: Finding, key: string | null, view: View): boolean {
  if (server !== CLUSTER_INSTANCE) return false;
  const cluster = clusterOfFinding(view, { server, subject });
  if (cluster !== null) return cluster.key !== key;
  // A finding of several clusters is filed under their identifier.
  const own = view.clusters.find((each) => each.key === key)?.systemIdentifier;
  return subject !== own && view.clusters.some(({ systemIdentifier }) => systemIdentifier === subject);
}
