/**
 * The runbook of an alert, as Markdown and as a page.
 *
 * @module
 */
import { Markup, markup } from "../markup.ts";
import type { Alert } from "./alert.ts";

const UNDER_MANAGER =
  "Where an HA manager or a managed service is in charge (`pgrepl_server_manager_info`), do not do its work by hand: " +
  "`pg-replication-exporter doctor` prints its commands (docs/MANAGERS.md).";

/** When an alert fires, one line of Markdown. */
function firing({ severity, forSeconds, check }: Alert): string {
  return `Severity: ${severity}. Fires ${
    forSeconds === 0 ? "at once" : `when it has held for ${forSeconds} s`
  }.` +
    (check === undefined ? "" : ` The finding of the same condition: \`${check}\`.`);
}

/**
 * A runbook as Markdown.
 *
 * @param alert The alert.
 */
export function renderRunbook(alert: Alert): string {
  return [
    `# ${alert.name}`,
    "",
    firing(alert),
    "",
    "```promql",
    alert.expression,
    "```",
    "",
    "## What it means",
    "",
    alert.meaning,
    "",
    "## How to see it",
    "",
    ...alert.look.map((line) => `- ${line}`),
    "",
    "## What to do",
    "",
    ...alert.check === undefined ? [] : [UNDER_MANAGER, ""],
    ...alert.steps.map((line, index) => `${index + 1}. ${line}`),
    "",
  ].join("\n");
}

/**
 * A runbook as a page.
 *
 * @param alert The alert.
 * @param options `style`: its style sheet.
 */
export function renderRunbookPage(alert: Alert, { style }: { readonly style: string }): string {
  const items = (lines: readonly string[]) => lines.map((line) => markup`<li>${inline(line)}</li>`);
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${alert.name} - Runbook</title>
<style>${new Markup(style)}</style>
</head>
<body>
<main class="runbook">
<p><a href="../">PostgreSQL replication</a></p>
<h1>${alert.name}</h1>
<p>${inline(firing(alert))}</p>
<h2>What to do</h2>
${alert.check === undefined ? "" : markup`<p>${inline(UNDER_MANAGER)}</p>`}
<ol>${items(alert.steps)}</ol>
<h2>What it means</h2>
<p>${inline(alert.meaning)}</p>
<h2>How to see it</h2>
<ul>${items(alert.look)}</ul>
<h2>Its expression</h2>
<pre><code>${alert.expression}</code></pre>
</main>
</body>
</html>
`.text;
}

/** A line of Markdown, of which runbooks use only code. */
function inline(line: string): readonly Markup[] {
  return line.split("`").map((part, index) =>
    index % 2 === 1 ? markup`<code>${part}</code>` : markup`${part}`
  );
}
