import { countOf } from "../../domain/quantities.ts";
import { Markup, markup } from "../markup.ts";
import type { CheckOutcome, Report, ReportCheck, ReportFinding, Word } from "../model.ts";
import { type NamedCluster, subjectOfFinding } from "../finding_subject.ts";
import { renderAdvice } from "./advice.ts";
import { formatRoughly, renderInstant, renderStatusLabel } from "./format_html.ts";

/** Critical findings unfolded at first: few enough to keep the rest of the page in view. */
const UNFOLDED = 3;

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
 * @param now The present, Unix seconds.
 */
export function renderFindings(
  { findings, checks, clusters }: Pick<Report, "findings" | "checks"> & {
    readonly clusters: readonly NamedCluster[];
  },
  now: number,
): Markup {
  const serious = findings.filter(({ severity }) => severity !== "info");
  const notes = findings.filter(({ severity }) => severity === "info");
  const first = serious.filter(({ severity }, index) =>
    index === 0 || (severity === "critical" && index < UNFOLDED)
  );
  // "See receiver_not_running" is useless while that finding is folded.
  const isReferenced = ({ check, server }: ReportFinding) =>
    first.some((other) => other.server === server && other.advice.includes(check));
  const list = (some: readonly ReportFinding[]) =>
    markup`<ul class="findings">${
      some.map((finding) => {
        const isOpen = first.includes(finding) || isReferenced(finding);
        return renderFinding(finding, { now, isOpen, clusters });
      })
    }</ul>`;
  return markup`<h2>${serious.length === 0 ? "Findings" : countOf(serious.length, "finding")}</h2>
${serious.length === 0 ? markup`<p class="none">No problems found.</p>` : list(serious)}${
    notes.length === 0
      ? ""
      : markup`<details class="notes" data-key="notes"><summary>${
        countOf(notes.length, "note")
      } for information</summary>${list(notes)}</details>`
  }${renderChecks(checks)}`;
}

function renderFinding(
  finding: ReportFinding,
  { now, isOpen, clusters }: {
    readonly now: number;
    readonly isOpen: boolean;
    readonly clusters: readonly NamedCluster[];
  },
): Markup {
  const { check, severity, server, subject, summary, evidence, advice, since_unix_seconds: since } = finding;
  return markup`
<li class="${severity}" data-key="${check} ${server} ${subject}"><details${
    isOpen ? new Markup(" open") : ""
  }><summary>${renderStatusLabel(severity)} <h3><bdi>${summary}</bdi></h3></summary><p class="quiet"><bdi>${
    subjectOfFinding(finding, clusters)
  }</bdi> · since ${renderInstant(since, now)} (${formatRoughly(now - since)}) · <code>${check}</code></p>${
    evidence === "" ? "" : markup`<p><span class="label">Evidence</span> <bdi>${evidence}</bdi></p>`
  }<div class="advice"><span class="label">What to do</span> ${renderAdvice(advice)}</div></details></li>`;
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
        missing.map(({ server, because }) =>
          markup`<span class="reason"><bdi>${server}</bdi>: <bdi>${because}</bdi></span>`
        )
      }</li>`
    )
  }</ul></details>`;
}
