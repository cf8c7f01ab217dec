/**
 * What holds of every view, whatever happened: borders, second names, and what the simulation knows to be true.
 *
 * @module
 */
import { measureCluster } from "../../../src/cluster/families.ts";
import { runChecks } from "../../../src/cluster/findings/run_checks.ts";
import { scopeOfServer } from "../../../src/cluster/server_scope.ts";
import { isStreaming } from "../../../src/cluster/topology/connected.ts";
import type { ServerView, View } from "../../../src/domain/view.ts";
import type { Measurement } from "../../../src/metrics/family.ts";
import type { GeneratedCluster } from "./generated_cluster.ts";
import type { WatchedName } from "./simulated_postmaster.ts";

/**
 * What a view violates.
 *
 * @param view The view.
 * @param generated The servers and the tracker that it is from.
 * @returns One sentence each.
 */
export function violations(view: View, generated: GeneratedCluster): readonly string[] {
  return [
    ...aboutRows(view),
    ...aboutBorders(view),
    ...aboutCounts(view, generated),
    ...aboutSecondNames(view, generated),
    ...aboutSeries(view, generated),
    ...generated.isComplete ? aboutTruth(view, generated) : [],
  ];
}

/** A row feeds one standby at most, and a standby has one row and one upstream at most. */
function* aboutRows({ clusters, standbys, edges }: View): Generator<string> {
  const withRow = standbys.filter(({ sender }) => sender !== null);
  if (new Set(withRow.map(({ sender }) => sender)).size < withRow.length) yield "Two standbys have one row";
  const fed = clusters.flatMap(({ feeds }) => [...feeds.values()]);
  if (fed.length !== withRow.length) yield `${fed.length} rows feed ${withRow.length} standbys`;
  if (new Set(edges.map(({ downstream }) => downstream)).size < edges.length) {
    yield "Two edges to one standby";
  }
  for (const { upstream, downstream } of edges) {
    const standby = standbys.find(({ name }) => name === downstream);
    if (standby === undefined) yield `An edge to ${downstream}, which is no standby`;
    else if (standby.connected === false) yield `An edge to ${downstream}, which is not connected`;
    if (upstream === downstream) yield `${upstream} follows itself`;
  }
  for (const { name } of standbys) {
    if (standbys.filter((each) => each.name === name).length > 1) yield `Two standbys are called ${name}`;
    if (clusters.some(({ primaries }) => primaries.includes(name))) yield `${name} is standby and primary`;
  }
}

/** Nothing crosses the border of a cluster. */
function* aboutBorders(view: View): Generator<string> {
  const keys = new Map<string, string | null>(
    view.servers.map(({ server, clusterKey }) => [server, clusterKey]),
  );
  const names = new Map(view.servers.map(({ server, cluster }) => [server, cluster]));
  for (const { name, clusterKey } of view.standbys) keys.set(name, keys.get(name) ?? clusterKey);
  const crosses = (a: string, b: string) => keys.has(a) && keys.has(b) && keys.get(a) !== keys.get(b);
  for (const { upstream, downstream } of view.edges) {
    if (crosses(upstream, downstream)) yield `An edge crosses a border: ${upstream} to ${downstream}`;
  }
  for (const { name, upstream } of view.standbys) {
    if (upstream !== null && crosses(upstream, name)) yield `${name} follows ${upstream} across a border`;
  }
  for (const { cluster, servers, primaries, primary } of view.clusters) {
    const members = [...servers, ...primaries, ...primary === null ? [] : [primary]];
    const foreign = members.filter((name) => names.get(name) !== cluster);
    if (foreign.length > 0) yield `Cluster "${cluster}" has ${foreign.join(", ")}`;
  }
  for (const { check, summary } of runChecks(view)) {
    if (check !== "split_brain") continue;
    const rivals = summary.replace(/^.*: /, "").split(", ");
    if (new Set(rivals.map((name) => names.get(name))).size > 1) {
      yield `Split brain across a border: ${summary}`;
    }
  }
}

/** Counts are those of what is listed. */
function* aboutCounts(view: View, { exporter: { tracker } }: GeneratedCluster): Generator<string> {
  const joins = tracker.senders(view.servers);
  for (const { key, connectedStandbys, strandedServers, servers, expectedStandbys } of view.clusters) {
    const standbys = view.standbys.filter(({ clusterKey }) => clusterKey === key);
    const senders = joins.get(key)?.senders;
    // Rows that belong to somebody, unknown to whom; before it has a slot, a row is nobody's.
    const nameless = (senders?.unassigned ?? []).filter(({ sender }) => isStreaming(sender) === true).length;
    const listed = standbys.filter(({ connected }) => connected === true).length + nameless;
    if (connectedStandbys !== null && connectedStandbys !== listed) {
      yield `${connectedStandbys} standbys of ${key} are connected, ${listed} are listed`;
    }
    const stranded = view.servers.filter((each) => servers.includes(each.server) && each.isStranded).length;
    if (stranded !== strandedServers) yield `${strandedServers} stranded in ${key}, ${stranded} listed`;
    if (expectedStandbys !== servers.length - 1) yield `${expectedStandbys} standbys expected of ${key}`;
  }
}

/** A server that has two names is one server, and both names keep their series. */
function* aboutSecondNames(view: View, { names }: GeneratedCluster): Generator<string> {
  const byName = new Map(view.servers.map((server) => [server.server, server]));
  for (const server of view.servers) {
    if (server.aliasOf === null) continue;
    const own = byName.get(server.aliasOf);
    if (own === undefined || own.aliasOf !== null) yield `${server.server} leads to no server`;
    else {
      const told = ({ clusterKey, lag, connected, isStranded }: ServerView) =>
        JSON.stringify([clusterKey, lag?.seconds, lag?.bytes, connected, isStranded]);
      if (told(server) !== told(own)) {
        yield `${server.server} and ${own.server} differ: ${told(server)}, ${told(own)}`;
      }
    }
    const cluster = view.clusters.find(({ key }) => key === server.clusterKey);
    if (cluster?.servers.includes(server.server)) yield `${server.server} is counted a second time`;
    if (view.standbys.some(({ name }) => name === server.server)) {
      yield `${server.server} is a second standby`;
    }
  }
  for (const { name } of names) {
    if (!byName.has(name)) continue;
    const series = [...measureCluster(view)].filter(({ labels }) => labels.instance === name);
    for (const family of ["pgrepl_up", "pg_replication_health_score"]) {
      if (!series.some((each) => each.family.name === family)) yield `${name} has no ${family}`;
    }
  }
}

/** No two series are alike, and one server's part of them says the same as the whole. */
function* aboutSeries(view: View, { isUnnamedOneCluster }: GeneratedCluster): Generator<string> {
  const nameOf = ({ family, labels }: Measurement) => `${family.name} ${JSON.stringify(labels)}`;
  const all = [...measureCluster(view)];
  const values = new Map(all.map((each) => [nameOf(each), each.value]));
  if (isUnnamedOneCluster && values.size < all.length) yield "Two series are alike";
  const server = view.servers[view.at % view.servers.length];
  if (server === undefined) return;
  const scope = scopeOfServer(view, server.server);
  for (const each of measureCluster(scope.view)) {
    // Findings are counted, and a scope has only those of its server; clusters without names may look alike.
    if (each.family.name === "pgrepl_finding" || each.family.name.startsWith("pgrepl_cluster_")) continue;
    if (scope.includes(each.labels.instance) && values.get(nameOf(each)) !== each.value) {
      yield `${nameOf(each)} is ${each.value} alone and ${values.get(nameOf(each))} among all`;
    }
  }
}

/** What the simulation knows, after a step that read every server. */
function* aboutTruth(
  view: View,
  { names, promotions, isUnnamedOneCluster }: GeneratedCluster,
): Generator<string> {
  const watched = names.filter(({ name }) => view.servers.some(({ server }) => server === name));
  const isRead = ({ isReachable, target }: WatchedName) => isReachable && target.isRunning;
  const keyOf = (name: string) => view.servers.find(({ server }) => server === name)?.clusterKey;
  // When one of its names is lost, what was read before under another one may be doubted until that is read again.
  const ownOf = new Map(view.servers.map(({ server, aliasOf }) => [server, aliasOf ?? server]));
  const lost = new Set(view.servers.filter(({ up }) => !up).map(({ server }) => ownOf.get(server)));
  const isCertain = ({ target }: WatchedName) =>
    watched.every((each) => each.target !== target || (isRead(each) && !lost.has(ownOf.get(each.name))));
  for (const { key, primaries } of view.clusters) {
    const members = watched.filter((each) => isRead(each) && keyOf(each.name) === key);
    const writers = members.filter(({ target }) => !target.inRecovery);
    const most = new Set(writers.map(({ target }) => target)).size;
    const least = new Set(writers.filter(isCertain).map(({ target }) => target)).size;
    if (primaries.length < least || primaries.length > most) {
      yield `${primaries.join(", ")} are primaries of ${key}, but there are ${least} to ${most}`;
    }
    for (const [target, same] of Map.groupBy(members.filter(isCertain), (each) => each.target)) {
      const own = same.filter(({ name }) =>
        view.servers.some((each) => each.server === name && each.aliasOf === null)
      );
      if (own.length !== 1) yield `${target.name} is counted ${own.length} times`;
    }
  }
  for (const one of watched) {
    for (const other of watched) {
      if (!isRead(one) || !isRead(other) || one.cluster !== other.cluster) continue;
      if (!one.canSeeIdentity || !other.canSeeIdentity) continue;
      if (one.target.systemIdentifier !== other.target.systemIdentifier) continue;
      const { link } = one.target;
      // Without a name it takes evidence: a connection that both ends show, under a name that is no twin's.
      const follows = link?.upstream === other.target && link.state === "streaming" &&
        other.target.stale.length === 0 && one.canSeeStatistics && link.senderHost === other.host &&
        other.host.startsWith("10.0.0.");
      const isOne = isUnnamedOneCluster || one.cluster !== "" || follows;
      if (isOne && keyOf(one.name) !== keyOf(other.name)) {
        yield `${one.name} and ${other.name} are not one cluster`;
      }
    }
  }
  for (const { key, failovers } of view.clusters) {
    if (failovers > promotions) yield `${failovers} failovers of ${key} were counted, ${promotions} happened`;
  }
}

/**
 * Connections that have lost their standby: while one lasts, it is that of the standby whose receiver confirmed it, also
 * when that is unreachable since, unless it has another one.
 *
 * @param before The view before.
 * @param now The view.
 */
export function* lostOwners(before: View, now: View): Generator<string> {
  const standbys = new Map(now.standbys.map((standby) => [standby.name, standby]));
  for (const { name, sender: row, upstream } of before.standbys) {
    const [was, is] = [before, now].map(({ servers }) => servers.find(({ server }) => server === name));
    const receives = was?.up === true && was.facts.receiver?.[0]?.status === "streaming";
    if (row === null || !receives || is === undefined || is.up || is.aliasOf !== null) continue;
    const source = now.servers.find(({ server, up }) => server === upstream && up);
    const isThere = source?.aliasOf === null &&
      source.facts.senders?.some((each) =>
        each.pid === row.pid && each.applicationName === row.applicationName &&
        each.backendStartUnixSeconds === row.backendStartUnixSeconds
      );
    if (isThere && standbys.get(name)?.sender === null) yield `${name} has lost its row with pid ${row.pid}`;
  }
}

/** Who belongs together, who is the primary, and whose each row is: what does not change while nothing happens. */
export function topologyOf({ servers, clusters, standbys, edges }: View): unknown {
  return {
    clusters: clusters.map(({ key, servers, primary, connectedStandbys, failovers }) => ({
      key,
      servers,
      primary,
      connectedStandbys,
      failovers,
    })),
    standbys: standbys.map((
      { name, sender, upstream, connected },
    ) => [name, sender?.pid, upstream, connected]),
    edges,
    aliases: servers.map(({ server, aliasOf }) => [server, aliasOf]),
  };
}

/**
 * What a view says of one cluster name, for a comparison with what is said when nothing else is watched.
 *
 * @param view The view.
 * @param name The cluster name.
 * @returns Lines in no order of meaning.
 */
export function partOf(view: View, name: string): readonly string[] {
  const isPart = ({ cluster }: { readonly cluster: string }) => cluster === name;
  const servers = new Set(view.servers.filter(isPart).map(({ server }) => server));
  const concerns = (message: string) => [...servers].some((each) => message.includes(`"${each}"`));
  const parts: readonly unknown[] = [
    ...view.servers.filter(isPart),
    ...view.clusters.filter(isPart).map((cluster) => ({ ...cluster, feeds: [...cluster.feeds.values()] })),
    ...view.standbys.filter(isPart),
    ...view.edges.filter(({ upstream }) => servers.has(upstream)),
    ...view.events.filter(({ server, message }) => servers.has(server) || concerns(message)),
    ...runChecks(view).filter(({ server, check }) => servers.has(server) && check !== "shared_origin"),
  ];
  // Standbys that nobody configured are numbered over all clusters.
  return parts.map((part) =>
    JSON.stringify(part, (_, value) => typeof value === "bigint" ? String(value) : value)
      .replaceAll(/#\d+/g, "")
  ).toSorted();
}
