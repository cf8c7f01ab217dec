import { formatSeconds, joinNames } from "../../domain/quantities.ts";
import type { ReportFinding } from "../model.ts";
import { type NamedCluster, subjectOfFinding } from "../finding_subject.ts";
import { statusOfSeverity } from "../status.ts";
import { isoTime } from "../styled_text/amounts.ts";
import { type Line, type Room, span, styleOf } from "../styled_text/line.ts";
import { describeFolded, type FoldedFinding, foldFindings, namesOfOthers } from "../fold_findings.ts";
import { takeSome } from "../take_some.ts";
import { indent, layRest, layText } from "./lines.ts";

/** What is needed to lay out findings. */
export interface FindingOptions extends Room {
  /** The present, Unix seconds. */
  readonly now: number;
  /** Clusters of their report. */
  readonly clusters: readonly NamedCluster[];
}

/** Names of equal findings that are named with the first. */
const NAMES_LIKE_IT = 10;

/**
 * Findings with all their details, in the order given; where lists are cut, equal ones are shown as one.
 *
 * @param findings Findings.
 * @param options Columns available, the present, and the clusters.
 */
export function layFindings(findings: readonly ReportFinding[], options: FindingOptions): readonly Line[] {
  const { shown, rest } = takeSome(
    options.most === undefined
      ? findings.map((finding) => ({ finding, others: [] }))
      : foldFindings(findings),
    options.most,
  );
  const folded = rest.flatMap(({ finding, others }) => [finding, ...others]);
  return [
    ...shown.flatMap((each, index) => [...index === 0 ? [] : [[]], ...layFinding(each, options)]),
    ...folded.length === 0 ? [] : [[]],
    ...layRest(folded.map(() => null), { ...options, noun: "finding" }),
  ];
}

function layFinding(folded: FoldedFinding, { width, now, clusters }: FindingOptions): readonly Line[] {
  const { finding } = folded;
  const { severity, since_unix_seconds: since } = finding;
  const names = namesOfOthers(folded, clusters);
  const isInfo = severity === "info";
  const detail = (label: string, text: string) =>
    text === "" ? [] : layText(text, { width: width - 2, lead: [span(label.padEnd(10), "quiet")] });
  return [
    ...layText(describeFolded(folded), {
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
      ...detail(
        "like it",
        names.length === 0 ? "" : `${joinNames(names, NAMES_LIKE_IT)} (--all lists each with its advice)`,
      ),
    ]),
  ];
}
