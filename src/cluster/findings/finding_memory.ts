/**
 * Since when findings hold, and what checks need from earlier views.
 *
 * @module
 */
import type { Finding } from "../../domain/finding.ts";
import type { View } from "../../domain/view.ts";
import { isSettled, SETTLED_SECONDS } from "../settled.ts";
import { type CheckContext, DEFAULT_CHECK_CONTEXT } from "./check.ts";
import { RecentIncrease } from "../memory/recent_increase.ts";
import { runChecks } from "./run_checks.ts";
import { distinctServers } from "./view_queries.ts";

/** Remembers findings from one view to the next. */
export class FindingMemory {
  /** Thresholds. */
  context: CheckContext;
  readonly #cancelled = new RecentIncrease();
  #since: ReadonlyMap<string, number> = new Map();
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
    const findings = this.#derive(view);
    this.#settled = news !== "" && isSettled(view.servers, view.standbys, view.subscriptions)
      ? { at: view.at, news, findings }
      : null;
    return findings;
  }

  #derive(view: View): readonly Finding[] {
    const since = new Map<string, number>();
    const findings = runChecks(view, {
      context: { ...this.context, cancelledRecently: this.#cancelledRecently(view) },
    }).map((raised) => {
      const key = JSON.stringify([raised.check, raised.server, raised.subject]);
      const from = this.#since.get(key) ?? view.at;
      since.set(key, from);
      return { ...raised, since: from };
    });
    this.#since = since;
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
    return this.#cancelled.since(view.at - RECENT_SECONDS);
  }
}

/** What counts as recent, seconds; the check's texts name it too. */
const RECENT_SECONDS = 600;
