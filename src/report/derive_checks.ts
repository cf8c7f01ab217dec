import type { Check } from "../cluster/findings/check.ts";
import { checks as allChecks } from "../cluster/findings/checks.ts";
import { serverFact } from "../cluster/topology/identity.ts";
import type { CollectorName } from "../domain/facts.ts";
import type { ServerSnapshot, View } from "../domain/view.ts";
import type { CheckOutcome, ReportCheck, ReportCheckGap } from "./model.ts";

/** Reason of a collector that is for the other role. */
const OTHER_ROLE = /^Does not apply to a /;

/**
 * The outcome of every check, and the servers that it could not check.
 *
 * @param view Everything known, with its findings.
 * @param checks The checks; all by default.
 * @returns One entry per check, in the order of the checks.
 */
export function deriveChecks(view: View, checks: readonly Check[] = allChecks): readonly ReportCheck[] {
  return checks.map((check) => {
    const read = lookedAt(view.servers, check);
    const unknown = check.unknown?.(view) ?? [];
    const unknownIn = new Set(unknown.map(({ cluster }) => cluster));
    const gaps = [...read.gaps, ...unknown.map(({ server, because }) => ({ server, because }))];
    const looked = read.looked &&
      (unknown.length === 0 || view.clusters.some(({ key }) => !unknownIn.has(key)));
    const found = view.findings.filter((finding) => finding.check === check.name).length;
    return {
      name: check.name,
      title: check.title,
      looks_at: check.looksAt,
      outcome: check.applies?.(view) === false && found === 0
        ? "does_not_apply"
        : outcomeOf({ found, looked, gaps }),
      findings: found,
      not_checked: gaps,
    };
  });
}

function outcomeOf(
  { found, looked, gaps }: {
    readonly found: number;
    readonly looked: boolean;
    readonly gaps: readonly ReportCheckGap[];
  },
): CheckOutcome {
  if (found > 0) return "found";
  if (looked) return gaps.length === 0 ? "fine" : "partly_fine";
  return gaps.length === 0 ? "does_not_apply" : "not_checked";
}

/** Whether everything that a check reads was read from some server, and the servers where something was not. */
function lookedAt(
  servers: readonly ServerSnapshot[],
  { reads, isHidden }: Check,
): { readonly looked: boolean; readonly gaps: readonly ReportCheckGap[] } {
  if (reads.length === 0) return { looked: true, gaps: [] };
  const gaps = new Map<string, ReportCheckGap>();
  const unread = (server: ServerSnapshot, collector: CollectorName) =>
    reasonUnread(server, collector) ?? (isHidden?.(server) ? reasonHidden(server, collector) : null);
  for (const server of servers) {
    for (const collector of reads) {
      const because = unread(server, collector);
      if (because === null || OTHER_ROLE.test(because) || hasNothingOf(server, collector)) continue;
      gaps.set(`${server.server} ${because}`, { server: server.server, because });
    }
  }
  const looked = reads.every((collector) => servers.some((server) => unread(server, collector) === null));
  return { looked, gaps: [...gaps.values()] };
}

/** Whether a server has nothing that a collector could read: then it is not asked. */
function hasNothingOf(server: ServerSnapshot, collector: CollectorName): boolean {
  const fact = serverFact(server);
  if (fact === null) return false;
  // A standby has the subscriptions of its primary, but no worker of them.
  if (collector === "subscriptions") return !(fact.hasSubscriptions ?? !fact.inRecovery);
  return collector === "decoding" && fact.hasLogicalSlots === false;
}

function reasonHidden({ runs }: ServerSnapshot, collector: CollectorName): string {
  return runs.find((each) => each.collector === collector)?.reason ||
    `Collector ${collector} read it in part`;
}

/** Why the rows of a collector are unknown now; null when they are known. */
function reasonUnread(server: ServerSnapshot, collector: CollectorName): string | null {
  if (!server.up) return "It is unreachable";
  if (server.facts[collector] !== undefined) return null;
  const run = server.runs.find((each) => each.collector === collector);
  if (run === undefined) return `Collector ${collector} is switched off`;
  if (run.outcome === "skipped") return run.reason;
  return `Collector ${collector} failed: ${run.reason || "no reason was reported"}`;
}
