import { formatSeconds } from "../../domain/quantities.ts";
import type { ReportFinding } from "../model.ts";
import { type NamedCluster, subjectOfFinding } from "../finding_subject.ts";
import { statusOfSeverity } from "../status.ts";
import { isoTime } from "../styled_text/amounts.ts";
import { type Line, type Room, span, styleOf } from "../styled_text/line.ts";
import { indent, layText } from "./lines.ts";

/** What is needed to lay out findings. */
export interface FindingOptions extends Room {
  /** The present, Unix seconds. */
  readonly now: number;
  /** Clusters of their report. */
  readonly clusters: readonly NamedCluster[];
}

/**
 * Findings with all their details, in the order given.
 *
 * @param findings Findings.
 * @param options Columns available, the present, and the clusters.
 */
export function layFindings(findings: readonly ReportFinding[], options: FindingOptions): readonly Line[] {
  return findings.flatMap((finding, index) => [...index === 0 ? [] : [[]], ...layFinding(finding, options)]);
}

function layFinding(finding: ReportFinding, { width, now, clusters }: FindingOptions): readonly Line[] {
  const { severity, since_unix_seconds: since } = finding;
  const isInfo = severity === "info";
  const detail = (label: string, text: string) =>
    text === "" ? [] : layText(text, { width: width - 2, lead: [span(label.padEnd(10), "quiet")] });
  return [
    ...layText(finding.summary, {
      width,
      lead: [span(severity.padEnd(8), isInfo ? "quiet" : styleOf(statusOfSeverity(severity))), span("  ")],
      style: isInfo ? "plain" : "strong",
    }),
    ...indent([
      ...detail("where", subjectOfFinding(finding, clusters)),
      ...detail("evidence", finding.evidence),
      ...detail("advice", finding.advice),
      // "seen": the condition may have begun before the exporter first looked.
      ...detail("seen", `since ${isoTime(since)}, for ${formatSeconds(now - since)}`),
      ...detail("check", finding.check),
    ]),
  ];
}
