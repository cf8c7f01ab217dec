import type { Command } from "./command.ts";
import { environmentTwin, type Flag, isSetting } from "./settings/flags.ts";
import { wrapWords } from "./wrap_words.ts";

const HELP_WIDTH = 100;
const INDENT = 6;

/** Where the pages are: in the source and the archives, and where the Debian package puts them. */
const DOCUMENTATION = "docs/README.md, or /usr/share/doc/pg-replication-exporter";

/** What the help shows of a command. */
export type CommandHelp = Pick<Command, "name" | "help" | "operands">;

/** The variables of the original script and of libpq. */
export const CLASSIC_HELP: string =
  `Without --server, the classic variables name the servers: PRIMARY_HOST, PRIMARY_PORT (5432), ` +
  `STANDBY_HOST (a comma-separated list: standby, standby2, ...), STANDBY_PORT (5433); without them postgres_exporter's ` +
  `DATA_SOURCE_NAME (or _URI, _USER, _PASS and their _FILE), named by host and port; without these and a configuration ` +
  `file libpq's PGHOST or PGSERVICE, named by its host. Defaults for connection strings: ` +
  `POSTGRES_USER, POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE, POSTGRES_DB, then libpq's PGUSER, PGPASSWORD, ` +
  `PGDATABASE, PGHOST, PGPORT, PGSSLMODE and so on. EXPORTER_PORT replaces --web.listen-address.`;

/** How flags and environment variables correspond. */
export const TWIN_HELP: string =
  `Every flag except those of single commands has a variable: PGREPL_ and the name in capitals, with underscores for ` +
  `dots and dashes (--web.listen-address is PGREPL_WEB_LISTEN_ADDRESS). Separate several values of one variable with ` +
  `";" or line feeds. Precedence: flag, variable, configuration file, default. An empty variable counts as unset.`;

function wrapHelp(text: string, indent: number): string {
  return wrapWords(text, { width: HELP_WIDTH, indent }).join("\n");
}

/** How a flag is written, e.g. `--web.listen-address=ADDRESS ...` or `--[no-]collector.slots`. */
export function formatFlag(flag: Flag): string {
  const negation = flag.isNegatable ? "[no-]" : "";
  const value = flag.placeholder === "" ? "" : `=${flag.placeholder}`;
  return `--${negation}${flag.name}${value}${flag.isRepeatable ? " ..." : ""}`;
}

/** The flags with help, default, variable and, unless all belong to one command, the commands they belong to. */
function describeFlags(flags: readonly Flag[], isOwn = false): readonly string[] {
  return flags.flatMap((flag) => {
    const notes = [
      ...(flag.default === null || flag.placeholder === "" ? [] : [`default ${flag.default}`]),
      ...(isSetting(flag) ? [environmentTwin(flag.name)] : []),
      ...(flag.commands.length === 0 || isOwn ? [] : [`for ${flag.commands.join(", ")}`]),
    ];
    const text = `${flag.help}${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`;
    return [`  ${formatFlag(flag)}`, wrapHelp(text, INDENT)];
  });
}

/** The word by which `help` shows a group of flags: "Health score" is `health`. */
export function groupTopic(group: string): string {
  return group.split(" ")[0]?.toLowerCase() ?? "";
}

/** The most used flags, one line each. */
function renderBriefs(flags: readonly Flag[]): readonly string[] {
  const listed = flags.filter(({ brief }) => brief !== "");
  const width = Math.max(...listed.map((flag) => formatFlag(flag).length)) + 2;
  return listed.map((flag) => `  ${formatFlag(flag).padEnd(width)}${flag.brief}`);
}

/** Where the help of all settings is. */
function renderTopics(flags: readonly Flag[]): readonly string[] {
  const topics = [...new Set(flags.map(({ group }) => groupTopic(group))), "environment"];
  return [
    "",
    "Most used flags:",
    ...renderBriefs(flags),
    "",
    wrapHelp(
      `More: pg-replication-exporter help TOPIC, where TOPIC is a command, ${topics.join(", ")}, or all.`,
      0,
    ),
    `Documentation: ${DOCUMENTATION}`,
    "",
  ];
}

function renderEnvironment(): readonly string[] {
  return ["Environment:", wrapHelp(TWIN_HELP, 2), wrapHelp(CLASSIC_HELP, 2), ""];
}

/** The text of `COMMAND --help`. */
export function renderCommandHelp(
  command: CommandHelp & Pick<Command, "hasSettings">,
  { flags, isDefault = false }: { readonly flags: readonly Flag[]; readonly isDefault?: boolean },
): string {
  const own = flags.filter(({ commands }) => commands.includes(command.name));
  const operands = command.operands === "" ? "" : ` ${command.operands}`;
  return [
    `${command.help}.`,
    "",
    `Usage: pg-replication-exporter ${command.name}${operands} [FLAGS]`,
    ...(own.length === 0 ? [] : ["", "Its own flags:", ...describeFlags(own, true)]),
    ...(isDefault ? renderTopics(flags) : command.hasSettings
      ? [
        "",
        "Servers, connections and thresholds take the same flags, variables and file as for serve: see",
        "pg-replication-exporter help all",
        "",
      ]
      : [""]),
  ].join("\n");
}

/** The text of `--help`: what most need first. */
export function renderHelp(flags: readonly Flag[], commands: readonly CommandHelp[]): string {
  const calls = commands.map(({ name, operands }) => operands === "" ? name : `${name} ${operands}`);
  const width = Math.max(...calls.map(({ length }) => length)) + 2;
  return [
    "Watches PostgreSQL streaming replication from both ends and serves its metrics to Prometheus.",
    "",
    "Usage: pg-replication-exporter [COMMAND] [FLAGS]",
    "",
    "For example (password in POSTGRES_PASSWORD, POSTGRES_PASSWORD_FILE or PGPASSWORD):",
    "  pg-replication-exporter --server primary=postgresql://monitor@db1/postgres \\",
    "    --server standby=postgresql://monitor@db2/postgres",
    "",
    "Commands:",
    ...commands.map(({ help }, index) =>
      `  ${calls[index]?.padEnd(width)}${help}${index === 0 ? " (the default)" : ""}`
    ),
    ...renderTopics(flags),
  ].join("\n");
}

/**
 * The text of `help TOPIC` for what is not a command.
 *
 * @param topic `all`, `environment`, or the first word of a group of flags in small letters.
 * @returns null when there is no such topic.
 */
export function renderTopic(topic: string, flags: readonly Flag[]): string | null {
  const chosen = flags.filter(({ group }) => topic === "all" || groupTopic(group) === topic);
  const environment = topic === "all" || topic === "environment" ? renderEnvironment() : [];
  if (chosen.length + environment.length === 0) return null;
  return [
    ...[...Map.groupBy(chosen, ({ group }) => group)]
      .flatMap(([group, own]) => [`${group}:`, ...describeFlags(own), ""]),
    ...environment,
  ].join("\n");
}
