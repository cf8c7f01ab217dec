/**
 * Since when findings hold, and what checks need from earlier views.
 *
 * @module
 */
import { type Finding, SEVERITIES } from "../../domain/finding.ts";
import type { View } from "../../domain/view.ts";
import { isSettled, SETTLED_SECONDS } from "../settled.ts";
import { type Check, type CheckContext, DEFAULT_CHECK_CONTEXT } from "./check.ts";
import { checks as allChecks } from "./checks.ts";
import { RecentIncrease } from "../memory/recent_increase.ts";
import { runChecks } from "./run_checks.ts";
import { CLUSTER_INSTANCE, distinctServers } from "./view_queries.ts";

/** Checks that need a view of all servers, by name; and the others. */
const COMPARING_ALL: ReadonlySet<string> = new Set(
  allChecks.flatMap(({ name, comparesAll }) => comparesAll === true ? [name] : []),
);
const LOCAL_CHECKS = allChecks.filter(({ name }) => !COMPARING_ALL.has(name));

const NO_FINDINGS: Map<string, Finding> = new Map();

/** Remembers findings from one view to the next. */
export class FindingMemory {
  /** Thresholds. */
  context: CheckContext;
  readonly #cancelled = new RecentIncrease();
  /** The latest findings, by server, then by check and subject. */
  readonly #latest = new Map<string, Map<string, Finding>>();
  #settled: { readonly at: number; readonly news: string; readonly findings: readonly Finding[] } | null =
    null;

  /** Starts empty; `context` changes the thresholds. */
  constructor(context: CheckContext = DEFAULT_CHECK_CONTEXT) {
    this.context = context;
  }

  /**
   * Runs all checks and adds since when each finding holds without a break: one that is missing from a view starts
   * again in the next; one that only changes its severity continues.
   *
   * @param view Everything known at one moment, not before that of the last call.
   * @param news Differs when more than positions was read since the last call; when absent, it was.
   * @returns Worst first.
   */
  findingsOf(view: View, news = ""): readonly Finding[] {
    const known = this.#settled;
    if (
      known !== null && known.news === news && view.at - known.at < SETTLED_SECONDS &&
      isSettled(view.servers, view.standbys, view.subscriptions)
    ) {
      return known.findings;
    }
    const findings = this.#derive(view, allChecks, { servers: this.#latest.keys(), isReplaced: () => true });
    this.#settled = news !== "" && isSettled(view.servers, view.standbys, view.subscriptions)
      ? { at: view.at, news, findings }
      : null;
    return findings;
  }

  /**
   * The same for some clusters, whole; what only a view of all servers shows is as it was in the last one.
   *
   * @param view Everything known of these clusters at one moment, not before that of the last call.
   * @returns Their findings, worst first.
   */
  findingsWithin(view: View): readonly Finding[] {
    const subjects = new Set(
      view.clusters.flatMap(({ key, cluster, systemIdentifier }) => [key, cluster, systemIdentifier]),
    );
    const servers = view.servers.map(({ server }) => server);
    const others = servers.flatMap((server) =>
      [...(this.#latest.get(server) ?? NO_FINDINGS).values()].filter(({ check }) => COMPARING_ALL.has(check))
    );
    const own = this.#derive(view, LOCAL_CHECKS, {
      servers: [...servers, CLUSTER_INSTANCE],
      isReplaced: ({ check, server, subject }) =>
        !COMPARING_ALL.has(check) && (server !== CLUSTER_INSTANCE || subjects.has(subject)),
    });
    if (others.length === 0) return own;
    return SEVERITIES.flatMap((severity) =>
      [...own, ...others].filter((finding) => finding.severity === severity)
    );
  }

  /** Runs checks; of the latest findings of servers, those that are replaced and were not raised again are over. */
  #derive(
    view: View,
    checks: readonly Check[],
    { servers, isReplaced }: {
      readonly servers: Iterable<string>;
      readonly isReplaced: (finding: Finding) => boolean;
    },
  ): readonly Finding[] {
    const context = { ...this.context, cancelledRecently: this.#cancelledRecently(view) };
    const findings = runChecks(view, { checks, context }).map((raised) => ({
      ...raised,
      since: this.#latest.get(raised.server)?.get(findingKey(raised))?.since ?? view.at,
    }));
    for (const server of servers) {
      const known = this.#latest.get(server) ?? NO_FINDINGS;
      for (const [key, each] of known) if (isReplaced(each)) known.delete(key);
      if (known.size === 0) this.#latest.delete(server);
    }
    for (const each of findings) {
      const known = this.#latest.get(each.server);
      if (known === undefined) this.#latest.set(each.server, new Map([[findingKey(each), each]]));
      else known.set(findingKey(each), each);
    }
    return findings;
  }

  #cancelledRecently(view: View): ReadonlyMap<string, number> {
    for (const { server, up, readAt, facts: { conflicts } } of distinctServers(view)) {
      if (!up || readAt === null || conflicts === undefined) continue;
      this.#cancelled.add(server, {
        total: conflicts.reduce((sum, { total }) => sum + total, 0),
        at: readAt,
      });
    }
    return this.#cancelled.since(view.at - RECENT_SECONDS, view.servers.map(({ server }) => server));
  }
}

/** What counts as recent, seconds; the check's texts name it too. */
const RECENT_SECONDS = 600;

/** No check has a blank in its name. */
function findingKey({ check, subject }: Pick<Finding, "check" | "subject">): string {
  return `${check} ${subject}`;
}
