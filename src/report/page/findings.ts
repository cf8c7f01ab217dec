import { countOf } from "../../domain/quantities.ts";
import { Markup, markup } from "../markup.ts";
import type { CheckOutcome, Report, ReportCheck, ReportFinding, Word } from "../model.ts";
import { type NamedCluster, subjectOfFinding } from "../finding_subject.ts";
import { describeFolded, type FoldedFinding, foldFindings, namesOfOthers } from "../fold_findings.ts";
import { takeSome } from "../take_some.ts";
import { type PageRoom, renderRest } from "./table.ts";
import { renderAdvice } from "./advice.ts";
import { formatRoughly, renderInstant, renderStatusLabel } from "./format_html.ts";

/** Critical findings unfolded at first: few enough to keep the rest of the page in view. */
const UNFOLDED = 3;

/** Servers named for one check that could not look at them. */
const MOST_GAPS = 3;

const OUTCOME_TEXTS: ReadonlyMap<Word<CheckOutcome>, string> = new Map([
  ["found", "no, see the findings"],
  ["fine", "fine"],
  ["partly_fine", "fine where it was checked"],
  ["not_checked", "not checked"],
  ["does_not_apply", "does not apply here"],
]);

/**
 * Findings, worst first, with evidence and advice; those of severity info are folded.
 *
 * @param report The report.
 * @param options The present, Unix seconds, and how many findings the page holds, equal ones shown as one.
 */
export function renderFindings(
  { findings, checks, clusters }: Pick<Report, "findings" | "checks"> & {
    readonly clusters: readonly NamedCluster[];
  },
  { now, most }: PageRoom & { readonly now: number },
): Markup {
  const isNote = ({ severity }: ReportFinding) => severity === "info";
  const folded = foldFindings(findings);
  const serious = folded.filter(({ finding }) => !isNote(finding));
  const notes = folded.filter(({ finding }) => isNote(finding));
  const count = findings.filter((finding) => !isNote(finding)).length;
  const first = serious.map(({ finding }) => finding).filter(({ severity }, index) =>
    index === 0 || (severity === "critical" && index < UNFOLDED)
  );
  // "See receiver_not_running" is useless while that finding is folded.
  const isReferenced = ({ check, server }: ReportFinding) =>
    first.some((other) => other.server === server && other.advice.includes(check));
  const list = (all: readonly FoldedFinding[]) => {
    const { shown, rest } = takeSome(all, most);
    const left = rest.flatMap(({ finding, others }) => [finding, ...others]);
    return markup`<ul class="findings">${
      shown.map((each) => {
        const isOpen = first.includes(each.finding) || isReferenced(each.finding);
        return renderFinding(each, { now, isOpen, clusters, most });
      })
    }</ul>${renderRest(left.map(() => null), "finding")}`;
  };
  return markup`<h2>${count === 0 ? "Findings" : countOf(count, "finding")}</h2>
${serious.length === 0 ? markup`<p class="none">No problems found.</p>` : list(serious)}${
    notes.length === 0
      ? ""
      : markup`<details class="notes" data-key="notes"><summary>${
        countOf(findings.length - count, "note")
      } for information</summary>${list(notes)}</details>`
  }${renderChecks(checks)}`;
}

function renderFinding(
  folded: FoldedFinding,
  { now, isOpen, clusters, most }: PageRoom & {
    readonly now: number;
    readonly isOpen: boolean;
    readonly clusters: readonly NamedCluster[];
  },
): Markup {
  const { finding } = folded;
  const { check, severity, server, subject, evidence, advice, since_unix_seconds: since } = finding;
  return markup`
<li class="${severity}" data-key="${check} ${server} ${subject}"><details${
    isOpen ? new Markup(" open") : ""
  }><summary>${renderStatusLabel(severity)} <h3><bdi>${
    describeFolded(folded)
  }</bdi></h3></summary><p class="quiet"><bdi>${subjectOfFinding(finding, clusters)}</bdi> · since ${
    renderInstant(since, now)
  } (${formatRoughly(now - since)}) · <code>${check}</code></p>${
    evidence === "" ? "" : markup`<p><span class="label">Evidence</span> <bdi>${evidence}</bdi></p>`
  }<div class="advice"><span class="label">What to do</span> ${renderAdvice(advice)}</div>${
    renderOthers(folded, { clusters, most })
  }</details></li>`;
}

/** The names of those that are shown as one with it. */
function renderOthers(
  folded: FoldedFinding,
  { clusters, most }: PageRoom & { readonly clusters: readonly NamedCluster[] },
): Markup | string {
  const { shown, rest } = takeSome(namesOfOthers(folded, clusters), most);
  if (shown.length === 0) return "";
  return markup`<details data-key="others"><summary>${
    countOf(folded.others.length, "more finding")
  } like it</summary><p>${shown.map((name) => markup`<code>${name}</code> `)}${
    rest.length === 0 ? "" : `and ${rest.length} more`
  }</p><p class="quiet"><code>doctor --all</code> lists each with its advice</p></details>`;
}

/** The checks: without them, "no findings" might mean "nothing checked". */
function renderChecks(checks: readonly ReportCheck[]): Markup | string {
  if (checks.length === 0) return "";
  const fine = checks.filter(({ outcome }) => outcome === "fine").length;
  const gaps = checks.filter(({ not_checked }) => not_checked.length > 0);
  const idle = checks.filter(({ outcome }) => outcome === "does_not_apply").length;
  const summary = `${fine} of ${countOf(checks.length, "check")} fine${
    gaps.length === 0 ? "" : `, ${gaps.length} incomplete`
  }${idle === 0 ? "" : `, ${idle} ${idle === 1 ? "does" : "do"} not apply here`}`;
  return markup`<details class="notes" data-key="checks"><summary>${summary}</summary><ul class="checks">${
    checks.map(({ name, title, outcome, not_checked: missing }) =>
      markup`<li data-key="${name}">${title}: <span class="quiet">${
        OUTCOME_TEXTS.get(outcome) ?? outcome
      }</span>${
        missing.slice(0, MOST_GAPS).map(({ server, because }) =>
          markup`<span class="reason"><bdi>${server}</bdi>: <bdi>${because}</bdi></span>`
        )
      }${
        missing.length <= MOST_GAPS
          ? ""
          : markup`<span class="reason">${countOf(missing.length - MOST_GAPS, "more server")}</span>`
      }</li>`
    )
  }</ul></details>`;
}
