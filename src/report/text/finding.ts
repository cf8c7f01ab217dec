import { formatSeconds } from "../../domain/quantities.ts";
import type { ReportFinding } from "../model.ts";
import { type NamedCluster, placeOf } from "../finding_subject.ts";
import { statusOfSeverity } from "../status.ts";
import { isoTime } from "../styled_text/amounts.ts";
import { type Line, span, styleOf } from "../styled_text/line.ts";
import { indent, wrap } from "./lines.ts";

/** What findings are laid with. */
export interface FindingOptions {
  /** Columns there are. */
  readonly width: number;
  /** The present, Unix seconds. */
  readonly now: number;
  /** Clusters of the report that they stand in. */
  readonly clusters: readonly NamedCluster[];
}

/**
 * Findings with everything that is known of each, in the order given.
 *
 * @param findings Findings.
 * @param options Columns there are, the present, and the clusters.
 */
export function layFindings(
  findings: readonly ReportFinding[],
  options: FindingOptions,
): readonly Line[] {
  return findings.flatMap((finding, index) => [...index === 0 ? [] : [[]], ...layFinding(finding, options)]);
}

function layFinding(finding: ReportFinding, { width, now, clusters }: FindingOptions): readonly Line[] {
  const { severity, since_unix_seconds: since } = finding;
  const said = (label: string, text: string) =>
    text === "" ? [] : wrap(text, { width: width - 2, lead: [span(label.padEnd(10), "quiet")] });
  return [
    ...wrap(finding.summary, {
      width,
      lead: [
        span(severity.padEnd(8), severity === "info" ? "quiet" : styleOf(statusOfSeverity(severity))),
        span("  "),
      ],
      style: severity === "info" ? "plain" : "strong",
    }),
    ...indent([
      ...said("where", placeOf(finding, clusters)),
      ...said("evidence", finding.evidence),
      ...said("mend", finding.advice),
      // Whether it held before it was first looked at, nobody knows: seen it was since then.
      ...said("seen", `since ${isoTime(since)}, for ${formatSeconds(now - since)}`),
      ...said("check", finding.check),
    ]),
  ];
}
