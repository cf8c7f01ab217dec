/**
 * The catalogue of findings as a page, from the checks that the program itself runs.
 *
 * @module
 */
import type { Check } from "../../src/cluster/findings/check.ts";

function renderCheck({ name, title, looksAt, reads, severities, meaning, remedy }: Check): string {
  return [
    `## \`${name}\``,
    "",
    `${meaning}`,
    "",
    `- **Severity:** ${severities.join(", ")}`,
    `- **Fine when:** ${title}`,
    `- **Looks at:** ${looksAt}`,
    ...reads.length === 0 ? [] : [`- **Collectors:** ${reads.map((each) => `\`${each}\``).join(", ")}`],
    `- **What to do:** ${remedy}`,
  ].join("\n");
}

/**
 * The whole page.
 *
 * @param checks In the order they are run and shown.
 * @returns Markdown.
 */
export function renderFindingsPage(checks: readonly Check[]): string {
  const rows = checks.map(({ name, severities, title }) =>
    `| [\`${name}\`](#${name}) | ${severities.join(", ")} | ${title} |`
  );
  return [
    "# Findings",
    "",
    "Written by `deno task docs` from the checks in the source; a test fails when the two differ.",
    "",
    "A finding says what is wrong, the numbers that show it, since when it holds, and what to do with the names and values " +
    "of this very cluster. The metric `pgrepl_finding` counts them by server, check and severity. A fact that is not known " +
    "raises nothing: that it is not known (a server not reached, a right missing, a collector failing) is a finding of its " +
    "own. Below, in the order in which findings of one severity are shown: what explains others comes first.",
    "",
    "| Check | Severity | Fine when |",
    "|---|---|---|",
    ...rows,
    "",
    checks.map(renderCheck).join("\n\n"),
    "",
  ].join("\n");
}
