/**
 * The catalogue of findings as a page, from the checks that the program itself runs.
 *
 * @module
 */
import type { Check } from "../../src/cluster/findings/check.ts";
import { ALERTS_ON_THEIR_OWN, EXECUTED_ADVICE, NOT_EXECUTED } from "./executed_advice.ts";
import type { AlertGroup } from "../../src/report/alerts/alert.ts";

function renderCheck(
  { name, title, looksAt, reads, severities, grades, meaning, look = [], steps }: Check,
  alerts: readonly string[],
): string {
  const code = (texts: readonly string[]) => texts.map((text) => `\`${text}\``).join(", ");
  return [
    `## \`${name}\``,
    "",
    `${meaning}`,
    "",
    `- **Severity:** ${severities.join(", ")}${grades === undefined ? "" : `. ${grades}`}`,
    `- **Fine when:** ${title}`,
    `- **Looks at:** ${looksAt}`,
    ...reads.length === 0 ? [] : [`- **Collectors:** ${code(reads)}`],
    ...alerts.length === 0
      ? []
      : [`- **Alerts:** ${alerts.map((alert) => `[${alert}](runbooks/${alert}.md)`).join(", ")}`],
    ...renderList("How to see it", look.map((line) => `- ${line}`)),
    ...renderList("What to do", steps.map((line, index) => `${index + 1}. ${line}`)),
  ].join("\n");
}

function renderList(label: string, items: readonly string[]): readonly string[] {
  const [only, ...more] = items;
  if (only === undefined) return [];
  return more.length === 0
    ? [`- **${label}:** ${only.replace(/^\S+ /, "")}`]
    : [`- **${label}:**`, ...items.map((item) => `  ${item}`)];
}

/** What tests carry out, finding by finding, then what they do not, and why. */
function renderExecuted(names: readonly string[], alerts: readonly string[]): string {
  const executed = Object.entries(EXECUTED_ADVICE).map(([key, majors]) => {
    const [name = "", branch = ""] = key.split(": ");
    return { name, row: `| \`${name}\` | ${branch} | ${majors.join(", ")} |` };
  });
  const own = Object.entries(ALERTS_ON_THEIR_OWN).filter(([name]) => alerts.includes(name));
  return [
    "## Advice that is executed",
    "",
    "Tests make each of these faults on a real cluster, read the advice as it is printed, paste its SQL into psql of the " +
    "server that it names, run its commands, and see the finding go, the standbys catch up, and no other finding of " +
    "warning or worse. Where an advice leaves a choice, each branch has a row. The programs `pg_rewind`, `pg_basebackup` and " +
    "`pg_checksums` are there for one major only.",
    "",
    "| Finding | Branch | PostgreSQL |",
    "|---|---|---|",
    ...names.flatMap((name) => executed.filter((each) => each.name === name).map(({ row }) => row)),
    "",
    "Not executed:",
    "",
    "| Finding | Why |",
    "|---|---|",
    ...names.flatMap((name) =>
      NOT_EXECUTED[name] === undefined ? [] : [`| \`${name}\` | ${NOT_EXECUTED[name]} |`]
    ),
    "",
    "The steps of an alert are those of its finding; these alerts have none:",
    "",
    "| Alert | Its steps |",
    "|---|---|",
    ...own.map(([name, how]) => `| [${name}](runbooks/${name}.md) | ${how} |`),
  ].join("\n");
}

/**
 * Links to the sections of the page: in backquotes, the name of a check refers to it.
 *
 * @param text Markdown.
 * @param options `names`: of all checks; `page`: path of the page, "" within it.
 */
export function linkChecks(
  text: string,
  { names, page }: { readonly names: readonly string[]; readonly page: string },
): string {
  return text.replace(
    /(?<!\[|# )`([a-z_]+)`/g,
    (all, name: string) => names.includes(name) ? `[${all}](${page}#${name})` : all,
  );
}

/**
 * The whole page.
 *
 * @param checks In the order they are run and shown.
 * @param groups Every alert; one that a check explains is named there.
 * @returns Markdown.
 */
export function renderFindingsPage(checks: readonly Check[], groups: readonly AlertGroup[] = []): string {
  const rows = checks.map(({ name, severities, title }) =>
    `| [\`${name}\`](#${name}) | ${severities.join(", ")} | ${title} |`
  );
  const names = checks.map(({ name }) => name);
  const alerts = groups.flatMap((group) => group.alerts);
  const sections = checks.map((check) =>
    renderCheck(check, alerts.filter(({ check: name }) => name === check.name).map(({ name }) => name))
  );
  return [
    "# Findings",
    "",
    "Written by `deno task docs` from the checks in the source; a test fails when the two differ.",
    "",
    "A finding says what is wrong, the numbers that show it, since when it holds, and what to do, with the names and values " +
    "of this cluster. The metric `pgrepl_finding` counts findings by server, check and severity. An unknown fact raises " +
    "nothing: that it is unknown (a server unreachable, a privilege missing, a collector failing) is a finding of its own. " +
    "The order below is the order in which findings of one severity are shown: causes come before their effects.",
    "",
    "What to do is described here for servers that nobody else manages. Where an HA manager or a managed service is in charge, the " +
    "advice of a finding has its commands instead: see [MANAGERS.md](MANAGERS.md).",
    "",
    "| Check | Severity | Fine when |",
    "|---|---|---|",
    ...rows,
    "",
    linkChecks(sections.join("\n\n"), { names, page: "" }),
    "",
    linkChecks(renderExecuted(names, alerts.map(({ name }) => name)), { names, page: "" }),
    "",
  ].join("\n");
}
