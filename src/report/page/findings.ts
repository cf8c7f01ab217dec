import { type Markup, markup } from "../markup.ts";
import type { Report, ReportCheck, ReportFinding } from "../model.ts";
import { renderAdvice } from "./advice.ts";
import { countOf, formatRoughly, renderInstant, renderStatus } from "./words.ts";

/**
 * What is wrong, worst first, with what shows it and what to do; what is only worth knowing is folded away.
 *
 * @param report The report.
 * @param now The present, Unix seconds.
 */
export function renderFindings(
  { findings, checks }: Pick<Report, "findings" | "checks">,
  now: number,
): Markup {
  const serious = findings.filter(({ severity }) => severity !== "info");
  const notes = findings.filter(({ severity }) => severity === "info");
  const list = (some: readonly ReportFinding[]) =>
    markup`<ul class="findings">${some.map((finding) => renderFinding(finding, now))}</ul>`;
  return markup`<h2>${serious.length === 0 ? "Findings" : countOf(serious.length, "finding")}</h2>
${serious.length === 0 ? markup`<p class="none">Nothing was found wrong.</p>` : list(serious)}${
    notes.length === 0
      ? ""
      : markup`<details class="notes" data-key="notes"><summary>${
        countOf(notes.length, "note")
      }: nothing wrong, worth knowing</summary>${list(notes)}</details>`
  }${renderChecks(checks)}`;
}

function renderFinding(finding: ReportFinding, now: number): Markup {
  const { check, severity, server, subject, summary, evidence, advice, since_unix_seconds: since } = finding;
  const where = subject === "" || subject === server
    ? markup`<bdi>${server}</bdi>`
    : markup`<bdi>${server}</bdi>, <bdi>${subject}</bdi>`;
  return markup`
<li class="${severity}" data-key="${check} ${server} ${subject}"><div class="what">${
    renderStatus(severity)
  } <h3><bdi>${summary}</bdi></h3></div><p class="quiet">${where} · since ${renderInstant(since, now)} (${
    formatRoughly(now - since)
  }) · <code>${check}</code></p>${
    evidence === "" ? "" : markup`<p><span class="label">Evidence</span> <bdi>${evidence}</bdi></p>`
  }<div class="advice"><span class="label">What to do</span> ${renderAdvice(advice)}</div></li>`;
}

/** What was looked at, so that silence can be told from blindness. */
function renderChecks(checks: readonly ReportCheck[]): Markup | string {
  if (checks.length === 0) return "";
  const fine = checks.filter(({ outcome }) => outcome === "fine").length;
  const gaps = checks.filter(({ not_checked }) => not_checked.length > 0);
  const summary = `${countOf(checks.length, "check")}: ${fine} fine${
    gaps.length === 0 ? "" : `, ${gaps.length} could not look everywhere`
  }`;
  return markup`<details class="notes" data-key="checks"><summary>${summary}</summary><ul class="checks">${
    checks.map(({ name, title, outcome, not_checked: missing }) =>
      markup`<li data-key="${name}">${title} <span class="quiet">${outcome.replaceAll("_", " ")}</span>${
        missing.map(({ server, because }) =>
          markup`<span class="reason"><bdi>${server}</bdi>: <bdi>${because}</bdi></span>`
        )
      }</li>`
    )
  }</ul></details>`;
}
