import type { Command } from "./command.ts";
import { environmentTwin, type Flag } from "./settings/flags.ts";

const WIDTH = 100;
const INDENT = 6;

/** What the help says of a command. */
export type CommandHelp = Pick<Command, "name" | "help" | "operands">;

/** What the variables of the original script and of libpq do. */
export const CLASSIC_HELP: string =
  `Without --server the classic variables name the servers: PRIMARY_HOST, PRIMARY_PORT (5432), ` +
  `STANDBY_HOST (a comma list: standby, standby2, ...), STANDBY_PORT (5433). For what connection strings leave out: ` +
  `POSTGRES_USER, POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE, POSTGRES_DB, then libpq's PGUSER, PGPASSWORD, ` +
  `PGDATABASE, PGHOST, PGPORT, PGSSLMODE and so on. EXPORTER_PORT stands in for --web.listen-address.`;

/** How a flag and its variable go together. */
export const TWIN_HELP: string =
  `Every flag but those of single commands has a variable: PGREPL_ and its name in capitals, dots and dashes as ` +
  `underscores ` +
  `(--web.listen-address is PGREPL_WEB_LISTEN_ADDRESS). Several values of one variable are separated by ";" or line ` +
  `feeds. A flag goes before its variable, that before the configuration file, that before the default; an empty ` +
  `variable counts as not set.`;

function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((part) => " ".repeat(indent) + part).join("\n");
}

/**
 * How a flag is written.
 *
 * @param flag The flag.
 * @returns For example `--web.listen-address=ADDRESS ...` or `--[no-]collector.slots`.
 */
export function formatFlag(flag: Flag): string {
  const negation = flag.isNegatable ? "[no-]" : "";
  const value = flag.placeholder === "" ? "" : `=${flag.placeholder}`;
  return `--${negation}${flag.name}${value}${flag.isRepeatable ? " ..." : ""}`;
}

/** What a flag does, with its default, its variable and, unless it is told of one command, whose it is. */
function describe(flag: Flag, isOwn: boolean): string {
  const notes = [
    ...(flag.default === null || flag.placeholder === "" ? [] : [`default ${flag.default}`]),
    ...(flag.isCommand || flag.commands.length > 0 ? [] : [environmentTwin(flag.name)]),
    ...(flag.commands.length === 0 || isOwn ? [] : [`for ${flag.commands.join(", ")}`]),
  ];
  return `${flag.help}${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`;
}

function describeFlags(flags: readonly Flag[], isOwn = false): readonly string[] {
  return flags.flatMap((flag) => [`  ${formatFlag(flag)}`, wrap(describe(flag, isOwn), INDENT)]);
}

/** How a command is called, padded to the longest. */
function callsOf(commands: readonly CommandHelp[]): readonly string[] {
  const calls = commands.map(({ name, operands }) => operands === "" ? name : `${name} ${operands}`);
  const width = Math.max(...calls.map(({ length }) => length)) + 2;
  return calls.map((call) => call.padEnd(width));
}

/**
 * The text of `COMMAND --help`.
 *
 * @param command The command.
 * @param flags Every flag there is.
 * @returns Text that ends with a line feed.
 */
export function renderCommandHelp(
  command: CommandHelp & Pick<Command, "hasSettings">,
  flags: readonly Flag[],
): string {
  const own = flags.filter(({ commands }) => commands.includes(command.name));
  const operands = command.operands === "" ? "" : ` ${command.operands}`;
  return [
    `${command.help}.`,
    "",
    `Usage: pg-replication-exporter ${command.name}${operands} [FLAGS]`,
    ...(own.length === 0 ? [] : ["", "Its own flags:", ...describeFlags(own, true)]),
    ...(command.hasSettings
      ? [
        "",
        "Servers, connections and thresholds are given with the same flags, variables and file as for serve: see",
        "pg-replication-exporter --help",
      ]
      : []),
    "",
  ].join("\n");
}

/**
 * The text of `--help`.
 *
 * @param flags The flags there are, those of one group together.
 * @param commands The commands there are; the first is the default.
 * @returns Text that ends with a line feed.
 */
export function renderHelp(flags: readonly Flag[], commands: readonly CommandHelp[]): string {
  const groups = [...new Set(flags.map(({ group }) => group))];
  const calls = callsOf(commands);
  return [
    "Watches PostgreSQL streaming replication from both ends and serves its metrics to Prometheus.",
    "",
    "Usage: pg-replication-exporter [COMMAND] [FLAGS]",
    "",
    "For example:",
    "  pg-replication-exporter --server primary=postgresql://monitor@db1/postgres \\",
    "    --server standby=postgresql://monitor@db2/postgres",
    "",
    "Commands:",
    ...commands.map(({ help }, index) => `  ${calls[index]}${help}${index === 0 ? " (the default)" : ""}`),
    ...groups.flatMap((group) => [
      "",
      `${group}:`,
      ...describeFlags(flags.filter((flag) => flag.group === group)),
    ]),
    "",
    "Environment:",
    wrap(TWIN_HELP, 2),
    wrap(CLASSIC_HELP, 2),
    "",
  ].join("\n");
}
