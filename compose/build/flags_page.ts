/**
 * The page of flags, from the table of flags.
 *
 * @module
 */
import { environmentTwin, type Flag, isSetting } from "../../src/cli/settings/flags.ts";

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

function renderFlag(flag: Flag): string {
  const name = `--${flag.isNegatable ? "[no-]" : ""}${flag.name}${
    flag.placeholder && `=${flag.placeholder}`
  }`;
  const variable = isSetting(flag) ? `\`${environmentTwin(flag.name)}\`` : "";
  const value = flag.default === null ? "" : `\`${flag.default}\``;
  const owners = flag.commands.length === 0
    ? ""
    : ` For ${flag.commands.map((name) => `\`${name}\``).join(", ")}.`;
  const help = `${flag.help}${flag.isRepeatable ? " May be repeated." : ""}${owners}`;
  return `| \`${cell(name)}\` | ${variable} | ${value} | ${cell(help)} |`;
}

/** The page in Markdown, with the flags in the order of the help. */
export function renderFlagsPage(flags: readonly Flag[]): string {
  const groups = [...new Set(flags.map(({ group }) => group))];
  return [
    "# Flags",
    "",
    "Written by `deno task docs` from the definitions in the source; a test fails when the two differ.",
    "",
    "Precedence: flag, variable, configuration file, default. The variable of a repeatable flag separates its values with `;`.",
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
