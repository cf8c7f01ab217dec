import type { Finding } from "../domain/finding.ts";
import type { View } from "../domain/view.ts";
import { placeOfCluster } from "./findings/view_queries.ts";

/** What families of a whole cluster have as `instance`. */
const CLUSTER_INSTANCE = "cluster";

/** What is told of one server alone. */
export interface ServerScope {
  /** The view, without what has nothing to do with the server. */
  readonly view: View;
  /** Whether a series with this `instance` tells of the server. */
  includes(instance: string | undefined): boolean;
}

/**
 * What there is to tell of one server: its own series; of a primary also those of its cluster and of its standbys that
 * are not watched themselves.
 *
 * @param view Everything known.
 * @param name The server's name.
 */
export function scopeOfServer(view: View, name: string): ServerScope {
  const watched = new Set(view.servers.map(({ server }) => server));
  const server = view.servers.find((each) => each.server === name);
  const own = server?.aliasOf ?? name;
  const clusters = view.clusters.filter(({ key }) => key === server?.clusterKey);
  const isPrimary = clusters.some(({ primaries }) => primaries.includes(own));
  const standbys = view.standbys.filter((standby) =>
    standby.name === own || (!watched.has(standby.name) && standby.upstream === own)
  );
  const unwatched = standbys.filter((standby) => !watched.has(standby.name));
  const instances = new Set([name, ...unwatched.map((standby) => standby.name)]);
  if (isPrimary) instances.add(CLUSTER_INSTANCE);
  return {
    view: {
      ...view,
      servers: view.servers.filter(({ server }) => server === name),
      clusters,
      standbys,
      edges: view.edges.filter(({ upstream, downstream }) => upstream === own || downstream === own),
      slotForecasts: view.slotForecasts.filter(({ server }) => server === name),
      findings: view.findings.filter((finding) =>
        instances.has(finding.server) && !isOfOtherCluster(finding, server?.clusterKey ?? null, view)
      ),
      consistency: view.consistency.filter(({ primary, standby }) => primary === own || standby === own),
    },
    includes: (instance) => instance !== undefined && instances.has(instance),
  };
}

/** Whether a finding is filed under another cluster, or under a system identifier that this one does not have. */
function isOfOtherCluster({ server, subject }: Finding, key: string | null, { clusters }: View): boolean {
  if (server !== CLUSTER_INSTANCE) return false;
  const own = clusters.find((each) => each.key === key)?.systemIdentifier;
  return clusters.some((each) =>
    each.key !== key &&
    (subject === placeOfCluster(each).subject || (subject === each.systemIdentifier && subject !== own))
  );
}
