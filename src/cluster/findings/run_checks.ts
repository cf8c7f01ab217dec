/**
 * From a view to its findings, worst first.
 *
 * @module
 */
import { type RaisedFinding, SEVERITIES } from "../../domain/finding.ts";
import type { View } from "../../domain/view.ts";
import { type Check, type CheckContext, DEFAULT_CHECK_CONTEXT, type Diagnosis } from "./check.ts";
import { checks as allChecks } from "./checks.ts";
import { errorMessage } from "../../domain/thrown.ts";
import { adviceUnder } from "../managers/advise.ts";
import { managerOfFinding, memberOf } from "./view_queries.ts";

/** How to run checks. */
export interface RunChecksOptions {
  /** Which; all when absent. */
  readonly checks?: readonly Check[];
  /** What they know besides the view. */
  readonly context?: CheckContext;
}

/**
 * Runs checks.
 *
 * A check that throws is a defect of the exporter; it becomes a finding, so that the others and the page still work.
 *
 * @param view Everything known; its own findings are ignored.
 * @param options Which checks, and what they know besides the view.
 * @returns Findings by severity, then in the order of the checks, of their extent, of the servers and of the subjects.
 */
export function runChecks(view: View, options: RunChecksOptions = {}): readonly RaisedFinding[] {
  const { checks = allChecks, context = DEFAULT_CHECK_CONTEXT } = options;
  const found: RaisedFinding[] = [];
  for (const check of checks) {
    const raised = runSafely(check, view, context);
    if (raised.length > 1) sortByExtent(raised, view);
    for (const { extent: _, ...finding } of raised) found.push(finding);
  }
  return SEVERITIES.flatMap((severity) => found.filter((finding) => finding.severity === severity));
}

type WithExtent = RaisedFinding & Pick<Diagnosis, "extent">;

function sortByExtent(raised: WithExtent[], view: View): void {
  const order = new Map(view.servers.map(({ server }, index) => [server, index]));
  raised.sort((a, b) =>
    magnitudeOf(b) - magnitudeOf(a) ||
    (order.get(a.server) ?? -1) - (order.get(b.server) ?? -1) || compareTexts(a.subject, b.subject)
  );
}

/** The extent as a power of two: findings that are about equally bad do not change places every second. */
function magnitudeOf({ extent = 0 }: Pick<Diagnosis, "extent">): number {
  return Math.floor(Math.log2(Math.max(1, extent)));
}

function runSafely(check: Check, view: View, context: CheckContext): WithExtent[] {
  try {
    const raised: WithExtent[] = [];
    for (const { remedy, ...diagnosis } of check.find(view, context)) {
      const finding = { check: check.name, subject: "", ...diagnosis };
      const under = { remedy, manager: managerOfFinding(view, finding), place: memberOf(view, finding) };
      raised.push({ ...finding, advice: adviceUnder(finding.advice, under) });
    }
    return raised;
  } catch (error) {
    return [{
      check: check.name,
      severity: "warning",
      server: "cluster",
      subject: "",
      summary: `The check ${check.name} itself failed`,
      evidence: errorMessage(error),
      advice: "Please report this: it is a defect of the exporter",
    }];
  }
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
