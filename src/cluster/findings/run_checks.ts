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
  const order = new Map(view.servers.map(({ server }, index) => [server, index]));
  const found = checks.flatMap((check) =>
    runSafely(check, view, context).toSorted((a, b) =>
      magnitudeOf(b) - magnitudeOf(a) ||
      (order.get(a.server) ?? -1) - (order.get(b.server) ?? -1) || compareTexts(a.subject, b.subject)
    ).map(({ extent: _, ...finding }) => finding)
  );
  return SEVERITIES.flatMap((severity) => found.filter((finding) => finding.severity === severity));
}

/** The extent as a power of two: findings that are about equally bad do not change places every second. */
function magnitudeOf({ extent = 0 }: Pick<Diagnosis, "extent">): number {
  return Math.floor(Math.log2(Math.max(1, extent)));
}

function runSafely(
  check: Check,
  view: View,
  context: CheckContext,
): readonly (RaisedFinding & Pick<Diagnosis, "extent">)[] {
  try {
    return [...check.find(view, context)].map(({ remedy, ...diagnosis }) => {
      const raised = { check: check.name, subject: "", ...diagnosis };
      const under = { remedy, manager: managerOfFinding(view, raised), place: memberOf(view, raised) };
      return { ...raised, advice: adviceUnder(raised.advice, under) };
    });
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
