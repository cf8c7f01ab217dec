/**
 * Renders docs/FLAGS.md from the table that parses the flags.
 *
 * @module
 */
import { environmentTwin, type Flag } from "../../src/cli/settings/flags.ts";

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

function renderFlag(flag: Flag): string {
  const name = `--${flag.isNegatable ? "[no-]" : ""}${flag.name}${
    flag.placeholder && `=${flag.placeholder}`
  }`;
  const variable = flag.isCommand || flag.commands.length > 0 ? "" : `\`${environmentTwin(flag.name)}\``;
  const value = flag.default === null ? "" : `\`${flag.default}\``;
  const owners = flag.commands.length === 0
    ? ""
    : ` For ${flag.commands.map((name) => `\`${name}\``).join(", ")}.`;
  const help = `${flag.help}${flag.isRepeatable ? " May be repeated." : ""}${owners}`;
  return `| \`${cell(name)}\` | ${variable} | ${value} | ${cell(help)} |`;
}

/**
 * The whole page.
 *
 * @param flags The table of flags, in the order of the help.
 * @returns Markdown.
 */
export function renderFlagsPage(flags: readonly Flag[]): string {
  const groups = [...new Set(flags.map(({ group }) => group))];
  return [
    "# Flags",
    "",
    "Written by `deno task docs` from the definitions in the source; a test fails when the two differ.",
    "",
    "A flag takes precedence over its variable, the variable over the configuration file, and the file over the default. In " +
    "the variable of a repeatable flag, separate the values with `;`.",
    ...groups.flatMap((group) => [
      "",
      `## ${group}`,
      "",
      "| Flag | Variable | Default | Meaning |",
      "|---|---|---|---|",
      ...flags.filter((flag) => flag.group === group).map(renderFlag),
    ]),
    "",
  ].join("\n");
}
