import { type NamedCluster, subjectOfFinding } from "./finding_subject.ts";
import type { ReportFinding } from "./model.ts";

/** Equal findings up to this many are listed one by one. */
const FEW_EQUAL = 3;

/** A word or a name; a full stop does not end in it. */
const WORD = /[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*/gu;

/** Findings shown as one. */
export interface FoldedFinding {
  /** The worst of them, to be shown. */
  readonly finding: ReportFinding;
  /** Those like it; empty when it stands alone. */
  readonly others: readonly ReportFinding[];
}

/**
 * Folds equal findings into one: those of one check, severity and cluster whose advice differs only in names and numbers.
 *
 * @param findings Worst first.
 * @returns In the same order, each group where its first one was.
 */
export function foldFindings(findings: readonly ReportFinding[]): readonly FoldedFinding[] {
  const likenesses = findings.map(likenessOf);
  const groups = Map.groupBy(findings, (_, index) => likenesses[index] ?? "");
  return findings.flatMap((finding, index) => {
    const [first, ...others] = groups.get(likenesses[index] ?? "") ?? [];
    if (others.length < FEW_EQUAL) return [{ finding, others: [] }];
    return finding === first ? [{ finding, others }] : [];
  });
}

/** What findings that fold have in common. */
function likenessOf(finding: ReportFinding): string {
  const { check, severity, cluster, system_identifier, server, subject, advice } = finding;
  const plain = withoutNames(
    advice.replaceAll(WORD, (word) => word === subject || word === server ? "…" : word),
  );
  return JSON.stringify([check, severity, cluster, system_identifier, plain]);
}

/**
 * A text without what differs between equal things: names in quotes, and numbers.
 *
 * @param text The text.
 */
export function withoutNames(text: string): string {
  return text.replaceAll(/"[^"]*"|'[^'\s]*'|\d+/g, "…");
}

/**
 * What is wrong, in one sentence for all of them.
 *
 * @param folded Findings shown as one.
 */
export function describeFolded({ finding: { summary }, others }: FoldedFinding): string {
  return others.length === 0 ? summary : `${summary}, and ${others.length} more like it`;
}

/**
 * What the others concern, in words; without the server where all concern things of one.
 *
 * @param folded Findings shown as one.
 * @param clusters The clusters of their report.
 */
export function namesOfOthers(
  { finding, others }: FoldedFinding,
  clusters: readonly NamedCluster[],
): readonly string[] {
  const isOneServer = others.every(({ server, subject }) => server === finding.server && subject !== "");
  return others.map((other) => isOneServer ? other.subject : subjectOfFinding(other, clusters));
}
