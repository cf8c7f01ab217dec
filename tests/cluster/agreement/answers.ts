/**
 * What each output answers to the same questions about one view.
 *
 * An answer is given as what it says of some subject; an output that does not answer a question leaves it out. A server
 * that has a second name is asked about under both, so that they too must say the same.
 *
 * @module
 */
import { measureCluster } from "../../../src/cluster/families.ts";
import { downstreamOf, placeOfCluster } from "../../../src/cluster/findings/view_queries.ts";
import { runChecks } from "../../../src/cluster/findings/run_checks.ts";
import { derivePreflight } from "../../../src/cluster/preflight/derive_preflight.ts";
import { judgeRoute, type Route } from "../../../src/cluster/routing/judge.ts";
import type { ClusterTracker } from "../../../src/cluster/tracker.ts";
import { planChecks } from "../../../src/consistency/plan_checks.ts";
import { formatLsn } from "../../../src/domain/lsn.ts";
import { syncStateOf } from "../../../src/domain/standby.ts";
import type { View } from "../../../src/domain/view.ts";
import type { Report } from "../../../src/report/model.ts";
import { targetGroups } from "../../../src/web/routes/service_discovery.ts";
import type { Answer } from "./answer.ts";
import { answersForPage, answersOfPage } from "./page_answers.ts";

/** A row of `pg_stat_replication`. */
function rowOf(upstream: string, pid: number): string {
  return `the row with pid ${pid} of ${upstream}`;
}

/** The name a server is known by, whatever it is called. */
function ownNames(view: View): (name: string) => string {
  const names = new Map(view.servers.map(({ server, aliasOf }) => [server, aliasOf ?? server]));
  return (name) => names.get(name) ?? name;
}

/** What the view itself says. */
export function* answersOfView(view: View): Generator<Answer> {
  const ownName = ownNames(view);
  for (const { key, ...cluster } of view.clusters) {
    yield ["who is the primary", key, cluster.primary];
    yield ["which are primaries", key, cluster.primaries];
    yield ["how many primaries", key, cluster.primaries.length];
    yield ["is it a split brain", key, cluster.primaries.length > 1];
    yield ["how many expected", key, cluster.expectedStandbys];
    yield ["how many connected", key, cluster.connectedStandbys];
    yield ["how many stranded", key, cluster.strandedServers];
    yield ["how many failovers", key, cluster.failovers];
    yield ["how many standbys", key, view.standbys.filter((each) => each.clusterKey === key).length];
    for (const name of cluster.servers) yield ["which cluster", name, key];
    for (const server of view.servers.filter((each) => cluster.servers.includes(each.server))) {
      for (const row of server.up ? server.facts.senders ?? [] : []) {
        yield ["whose", rowOf(server.server, row.pid), cluster.feeds.get(row) ?? null];
      }
    }
  }
  for (const server of view.servers) {
    const name = ownName(server.server);
    yield ["which cluster", name, server.clusterKey];
    yield ["is stranded", name, server.isStranded];
    if (server.lag === null) continue;
    yield ["seconds behind", name, server.lag.seconds];
    yield ["bytes behind", name, server.lag.bytes];
    yield ["why unknown", name, server.lag.unknownReason];
    if (server.clusterKey !== null) yield ["is connected", name, server.connected];
  }
  for (const { name, sender, upstream, lag, ...standby } of view.standbys) {
    yield ["which cluster", name, standby.clusterKey];
    yield ["is connected", name, standby.connected];
    yield ["who sends", name, upstream];
    yield ["seconds behind", name, lag.seconds];
    yield ["bytes behind", name, lag.bytes];
    yield ["why unknown", name, lag.unknownReason];
    yield ["is its lag", name, kindOf(lag.seconds)];
    yield ["sync_state", name, syncStateOf({ sender, ...standby })];
    yield ["application_name", name, sender?.applicationName ?? name];
    yield ["why there", name, standby.reason];
    if (sender !== null && upstream !== null) yield ["whose", rowOf(upstream, sender.pid), name];
  }
  for (const { upstream, downstream } of view.edges) yield ["who sends", downstream, upstream];
}

function kindOf(seconds: number | null): "unknown" | "none" | "some" {
  return seconds === null ? "unknown" : seconds === 0 ? "none" : "some";
}

/** What the metrics say. */
export function* answersOfFamilies(view: View): Generator<Answer> {
  const ownName = ownNames(view);
  // The labels of two unnamed clusters with one identifier are equal: their series cannot be distinguished.
  const keys = new Map(
    [...Map.groupBy(view.clusters, (each) => `${each.cluster}\n${each.systemIdentifier}`)]
      .flatMap(([labels, [cluster, ...others]]) =>
        cluster === undefined || others.length > 0 ? [] : [[labels, cluster.key] as const]
      ),
  );
  const lagging = new Set(view.standbys.map(({ name }) => name));
  const isKnown = new Set<string>();
  const clusterQuestions = new Map<string, (value: number) => readonly [string, unknown]>([
    ["pgrepl_cluster_primaries", (value) => ["how many primaries", value]],
    ["pgrepl_cluster_split_brain", (value) => ["is it a split brain", value === 1]],
    ["pgrepl_cluster_expected_standbys", (value) => ["how many expected", value]],
    ["pgrepl_cluster_connected_standbys", (value) => ["how many connected", value]],
    ["pgrepl_cluster_stranded_servers", (value) => ["how many stranded", value]],
    ["pgrepl_cluster_failovers_total", (value) => ["how many failovers", value]],
  ]);
  for (const { family, labels, value } of measureCluster(view)) {
    const name = ownName(labels.instance ?? "");
    const ofCluster = clusterQuestions.get(family.name);
    if (ofCluster !== undefined) {
      const key = keys.get(`${labels.cluster}\n${labels.system_identifier}`);
      const [question, answer] = ofCluster(value);
      if (key !== undefined) yield [question, key, answer];
    }
    isKnown.add(`${family.name} ${name}`);
    if (family.name === "pgrepl_standby_connected") yield ["is connected", name, value === 1];
    if (family.name === "pgrepl_standby_lag_seconds") yield ["seconds behind", name, value];
    if (family.name === "pgrepl_standby_lag_bytes") yield ["bytes behind", name, value];
    if (family.name === "pgrepl_standby_lag_unknown" && value === 1) {
      yield ["why unknown", name, labels.reason];
    }
    if (family.name === "pgrepl_standby_reason" && value === 1) yield ["why there", name, labels.reason];
    if (family.name === "pgrepl_server_stranded") yield ["is stranded", name, value === 1];
    if (family.name === "pgrepl_cluster_edge") yield ["who sends", labels.downstream ?? "", labels.upstream];
    if (family.name === "pg_replication_lag_seconds" && lagging.has(name)) {
      yield ["seconds behind", name, value];
    }
    if (family.name === "pg_replication_lag_bytes" && lagging.has(name)) yield ["bytes behind", name, value];
  }
  for (const { name } of view.standbys) {
    if (!isKnown.has(`pgrepl_standby_connected ${name}`)) yield ["is connected", name, null];
    if (!isKnown.has(`pgrepl_standby_lag_seconds ${name}`)) yield ["seconds behind", name, null];
    if (!isKnown.has(`pgrepl_standby_lag_bytes ${name}`)) yield ["bytes behind", name, null];
    if (!isKnown.has(`pgrepl_standby_reason ${name}`)) yield ["why there", name, null];
  }
}

/** What the report says. */
export function* answersOfReport(report: Report, view: View): Generator<Answer> {
  const ownName = ownNames(view);
  for (const [index, { key }] of view.clusters.entries()) {
    const cluster = report.clusters[index];
    if (cluster === undefined) continue;
    const { primary } = cluster;
    yield ["who is the primary", key, primary?.name ?? null];
    yield ["which are primaries", key, cluster.primaries];
    yield ["how many expected", key, cluster.expected_standbys];
    yield ["how many connected", key, cluster.connected_standbys];
    yield ["how many failovers", key, cluster.failovers];
    yield ["how many standbys", key, cluster.summary.total_standbys];
    for (const { name } of cluster.servers) yield ["which cluster", ownName(name), key];
    const source = view.servers.find(({ server }) => server === primary?.name);
    for (const [place, replica] of (source?.up ? primary?.replicas ?? [] : []).entries()) {
      const pid = source?.facts.senders?.[place]?.pid ?? 0;
      yield ["whose", rowOf(primary?.name ?? "", pid), replica.server];
    }
    for (const slot of cluster.slots) {
      const server = view.servers.find((each) => each.server === slot.server);
      const row = server?.facts.senders?.find((each) => each.slot === slot.name);
      if (server?.up && row !== undefined && slot.used_by !== null) {
        yield ["whose", rowOf(slot.server, row.pid), slot.used_by];
      }
    }
    for (const standby of cluster.standbys) {
      const { name } = standby;
      yield ["which cluster", name, key];
      yield ["is connected", name, standby.connected];
      yield ["who sends", name, standby.upstream];
      yield ["seconds behind", name, standby.lag_seconds];
      yield ["bytes behind", name, standby.lag_bytes];
      yield ["why unknown", name, standby.lag_unknown_reason];
      yield ["sync_state", name, standby.sync_state];
      yield ["why there", name, standby.reason];
    }
    for (const { upstream, downstream, ...edge } of cluster.edges) {
      yield ["who sends", downstream, upstream];
      yield ["is connected", downstream, edge.connected];
      yield ["seconds behind", downstream, edge.lag_seconds];
      yield ["bytes behind", downstream, edge.lag_bytes];
    }
  }
  for (const { name } of report.unassigned_servers) yield ["which cluster", name, null];
}

/** What the findings say. */
export function* answersOfFindings(view: View): Generator<Answer> {
  const keys = new Map(
    view.clusters.map((cluster) => [placeOfCluster(cluster, view).subject, cluster.key]),
  );
  const split = new Set<string>();
  const stranded = new Set<string>();
  for (const { check, server, subject, summary, evidence, advice } of runChecks(view)) {
    if (summary.endsWith("itself failed")) yield ["does the check work", check, evidence];
    const key = keys.get(subject) ?? "";
    const standby = subject === "" ? server : subject;
    if (check === "split_brain") {
      split.add(key);
      yield ["who is the primary", key, /"([^"]+)" was promoted last/.exec(advice)?.[1]];
      yield ["which are primaries", key, summary.replace(/^.*: /, "").split(", ")];
    }
    if (check === "few_standbys") {
      const [, expected, connected] = /^(\d+) expected, (\d+) connected/.exec(evidence) ?? [];
      yield ["how many expected", key, Number(expected)];
      yield ["how many connected", key, Number(connected)];
    }
    if (check === "stranded") stranded.add(standby);
    if (check === "diverged") yield ["why unknown", standby, "diverged"];
    if (check === "standby_disconnected" || check === "receiver_not_running") {
      yield ["is connected", standby, false];
    }
    if (check === "half_open") yield ["why there", standby, "half_open"];
    if (check === "no_primary") yield ["how many primaries", key, 0];
  }
  for (const { key } of view.clusters) yield ["is it a split brain", key, split.has(key)];
  for (const { server, aliasOf } of view.servers) {
    if (aliasOf === null) yield ["is stranded", server, stranded.has(server)];
  }
  for (const server of view.servers) {
    if (server.aliasOf !== null || !server.up) continue;
    for (const row of server.facts.senders ?? []) {
      const downstream = downstreamOf(view, server.server, row);
      if (downstream !== null) yield ["whose", rowOf(server.server, row.pid), downstream.server];
    }
  }
}

/** What preflight says, for every standby that is up. */
export function* answersOfPreflight(view: View): Generator<Answer> {
  const ownName = ownNames(view);
  const byName = new Map(view.servers.map((server) => [server.server, server]));
  for (const { server } of view.servers) {
    const candidate = ownName(server);
    const own = byName.get(candidate);
    if (own === undefined || !own.up || own.role !== "standby" || own.clusterKey === null) continue;
    const key = own.clusterKey;
    const preflight = derivePreflight(view, server);
    yield ["who is the primary", key, preflight.primary];
    yield ["is the primary reached", key, preflight.kind === "switchover"];
    yield ["how many standbys", key, preflight.followers.length + 1];
    for (const { part, weight, text } of preflight.points) {
      const upstream = /^"[^"]+" streams from "([^"]+)"$/.exec(text)?.[1];
      if (part === "candidate" && upstream !== undefined) {
        yield ["is connected", candidate, true];
        if (upstream !== "its upstream") yield ["who sends", candidate, upstream];
      }
      if (part === "candidate" && text.includes("does not stream")) {
        yield ["does it stream", candidate, false];
      }
      if (part === "primary" && weight === "no_go" && text.startsWith("Split brain: ")) {
        yield ["is it a split brain", key, true];
      }
      if (part === "timeline" && text.includes("is stranded on")) yield ["is stranded", candidate, true];
    }
    if (!preflight.points.some(({ part, text }) => part === "timeline" && text.includes("is stranded on"))) {
      yield ["is stranded", candidate, false];
    }
    for (const { name, applicationName } of preflight.followers) {
      yield ["which cluster", name, key];
      yield ["application_name", name, applicationName];
    }
    const flushed = view.standbys.find(({ name }) => name === candidate)?.sender?.flushPosition ?? null;
    if (flushed !== null) {
      const hasReceived = (preflight.loss.receivedPosition ?? 0n) >= flushed;
      yield ["has it received", `${candidate} up to ${formatLsn(flushed)}`, hasReceived];
    }
  }
}

/** What the view says where preflight asks differently. */
export function* answersForPreflight(view: View): Generator<Answer> {
  const up = new Set(view.servers.filter((each) => each.up).map(({ server }) => server));
  for (const { key, primary } of view.clusters) {
    yield ["is the primary reached", key, primary !== null && up.has(primary)];
  }
  for (const { name, connected, sender } of view.standbys) {
    yield ["does it stream", name, connected === true];
    const flushed = sender?.flushPosition ?? null;
    if (flushed !== null) yield ["has it received", `${name} up to ${formatLsn(flushed)}`, true];
  }
}

/** What routing says. */
export function* answersOfRouting(view: View): Generator<Answer> {
  const ownName = ownNames(view);
  const judge = (server: string, route: Route, maxLagSeconds: number | null = null) =>
    judgeRoute(view, {
      server,
      route,
      limits: { maxLagSeconds, maxLagBytes: null, leastPosition: null },
      now: view.at,
      staleAfterSeconds: 1e9,
    });
  for (const server of view.servers) {
    const name = ownName(server.server);
    if (judge(server.server, "primary")?.isEligible && server.clusterKey !== null) {
      yield ["who is the primary", server.clusterKey, name];
    }
    const within = judge(server.server, "replica", 0);
    if (within === null || server.role !== "standby" || server.clusterKey === null) continue;
    if (within.reason.startsWith("It is on a timeline")) yield ["is stranded", name, true];
    if (within.isLagging) yield ["is its lag", name, "some"];
    if (within.reason.startsWith("Its lag is unknown")) yield ["is its lag", name, "unknown"];
    // Without a primary it is judged by a bound, which may be 0.
    const isBounded = within.reason.includes("at most");
    if (within.isEligible) yield ["is its lag", name, isBounded ? "unknown" : "none"];
    if (within.isEligible || within.isLagging) yield ["is stranded", name, false];
    const always = judge(server.server, "replica");
    if (always?.reason === "It receives no WAL from an upstream") yield ["is connected", name, false];
    if (always?.isEligible !== true) continue;
    const synchronous = judge(server.server, "sync")?.reason ?? "";
    const state = /reports (\w+)$/.exec(synchronous)?.[1] ?? /, (sync|quorum)$/.exec(synchronous)?.[1] ??
      null;
    yield ["sync_state", name, synchronous.startsWith("No upstream") ? null : state];
  }
}

/** What is found besides: discovery, service discovery, consistency checks. */
export function* answersOfDiscovery(view: View, tracker: ClusterTracker): Generator<Answer> {
  for (const [key, { senders }] of tracker.senders(view.servers)) {
    for (const [name, { upstream, sender }] of senders.joined) {
      if (!view.standbys.some((standby) => standby.name === name)) continue;
      yield ["whose", rowOf(upstream.server, sender.pid), name];
      yield ["which cluster", name, key];
    }
    for (const { upstream, sender } of [...senders.accounted, ...senders.unassigned]) {
      yield ["whose", rowOf(upstream.server, sender.pid), null];
    }
    for (const { upstream, sender } of senders.others) {
      const standby = view.clusters.find((cluster) => cluster.key === key)?.feeds.get(sender);
      const isConfigured = view.standbys.some(({ name, configured }) => configured && name === standby);
      yield ["is watched", rowOf(upstream.server, sender.pid), isConfigured];
      yield ["is watched", rowOf(upstream.server, sender.pid), false];
    }
  }
  for (const { primary, standby } of planChecks(view, { maxLagSeconds: 1e9 })) {
    const key = view.servers.find((each) => each.server === standby)?.clusterKey;
    if (typeof key === "string") yield ["who is the primary", key, primary];
  }
  const ownName = ownNames(view);
  const identifiers = new Map(view.clusters.map((each) => [each.key, each.systemIdentifier]));
  for (const { labels } of targetGroups(view)) {
    const server = view.servers.find((each) => each.server === labels.__meta_pgrepl_server);
    const identifier = identifiers.get(server?.clusterKey ?? "") ?? "";
    yield ["which identifier", ownName(server?.server ?? ""), labels.__meta_pgrepl_system_identifier];
    yield ["which identifier", ownName(server?.server ?? ""), identifier];
  }
}

/**
 * Asks every output every question.
 *
 * @param view The view.
 * @param given Its report, and the tracker that it is from; `answered` collects who has answered what: a text that is no longer understood would answer nothing.
 * @returns Each question that is not answered alike, with the answers.
 */
export function disagreements(
  view: View,
  { report, tracker, answered }: {
    readonly report: Report;
    readonly tracker: ClusterTracker;
    readonly answered: Set<string>;
  },
): readonly string[] {
  const outputs: readonly (readonly [string, Iterable<Answer>])[] = [
    ["view", answersOfView(view)],
    ["families", answersOfFamilies(view)],
    ["report", answersOfReport(report, view)],
    ["findings", answersOfFindings(view)],
    ["view", answersForPreflight(view)],
    ["preflight", answersOfPreflight(view)],
    ["routing", answersOfRouting(view)],
    ["discovery", answersOfDiscovery(view, tracker)],
    ["view", answersForPage(view)],
    ["page", answersOfPage(report, view)],
  ];
  const asked = new Map<string, Map<string, Set<string>>>();
  for (const [output, answers] of outputs) {
    for (const [question, subject, answer] of answers) {
      const isChoice = typeof answer === "boolean" || question === "is its lag" || question === "sync_state";
      answered.add(isChoice ? `${output}: ${question}? ${answer}` : `${output}: ${question}?`);
      const key = `${question}: ${subject}`;
      const given = asked.get(key) ?? new Map<string, Set<string>>();
      asked.set(key, given);
      const text = JSON.stringify(answer) ?? "undefined";
      given.set(text, (given.get(text) ?? new Set()).add(output));
    }
  }
  return [...asked].filter(([, given]) => given.size > 1).map(([question, given]) =>
    `${question}? ${[...given].map(([answer, by]) => `${[...by].join(" and ")}: ${answer}`).join("; ")}`
  );
}
