/**
 * Renders the manual page from the tables of commands and flags.
 *
 * @module
 */
import type { Command } from "../../src/cli/command.ts";
import { environmentTwin, type Flag } from "../../src/cli/settings/flags.ts";
import { CLASSIC_HELP, TWIN_HELP } from "../../src/cli/help.ts";

/** The input of a manual page. */
export interface ManPageOptions {
  /** Every command; the first is the default. */
  readonly commands: readonly Pick<Command, "name" | "help" | "operands">[];
  /** Every flag. */
  readonly flags: readonly Flag[];
  /** Version of the program. */
  readonly version: string;
  /** Date of the page. */
  readonly date: Date;
}

const WIDTH = 78;

/** Text as roff, with special characters escaped. */
function escape(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq").replaceAll("`", "\\(ga")
    .replaceAll("~", "\\(ti").replaceAll("^", "\\(ha");
}

/** Text in lines; a line that would begin with a roff request is protected. */
function text(words: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of escape(words).split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => each.startsWith(".") ? `\\&${each}` : each);
}

const bold = (words: string) => `\\fB${escape(words)}\\fR`;
const italic = (words: string) => `\\fI${escape(words)}\\fR`;

function entry(tag: string, words: string): readonly string[] {
  return [".TP", tag, ...text(words)];
}

function flagEntry(flag: Flag): readonly string[] {
  const name = flag.isNegatable ? `--[no-]${flag.name}` : `--${flag.name}`;
  const value = flag.placeholder === "" ? "" : `=${italic(flag.placeholder)}`;
  const notes = [
    ...(flag.isRepeatable ? ["May be repeated."] : []),
    ...(flag.default === null || flag.placeholder === "" ? [] : [`Default: ${flag.default}.`]),
    ...(flag.isCommand || flag.commands.length > 0 ? [] : [`Variable: ${environmentTwin(flag.name)}.`]),
    ...(flag.commands.length === 0 ? [] : [`For ${flag.commands.join(", ")}.`]),
  ];
  return entry(`${bold(name)}${value}`, [flag.help, ...notes].join(" "));
}

const EXIT_STATUS: readonly (readonly [string, string])[] = [
  ["0", "Success; for report, doctor and preflight: no problems."],
  ["1", "Failure; for report, doctor and preflight: a warning."],
  [
    "2",
    "Invalid command line or configuration; for report, doctor and preflight: a critical problem.",
  ],
  [
    "3",
    "For report, doctor and preflight: the state is unknown, also if the configuration is invalid. For ctl: no exporter " +
    "responds.",
  ],
];

const FILES: readonly (readonly [string, string])[] = [
  [
    "/etc/pg-replication-exporter/config.yml",
    "Configuration of the service, passed with --config.file.",
  ],
  ["/etc/default/pg-replication-exporter", "Variables of the service; ARGS contains additional flags."],
  ["/etc/credstore/pg-replication-exporter.password", "Password of the service, passed by systemd."],
  [
    "/var/lib/pg-replication-exporter/state.json",
    "Lag history, passed with --state.file.",
  ],
  ["/run/pg-replication-exporter/ctl.sock", "Management socket, used by ctl."],
];

const SIGNALS: readonly (readonly [string, string])[] = [
  ["SIGHUP", "Reload the configuration. If it is invalid, the previous one stays in effect."],
  ["SIGTERM, SIGINT", "Finish requests in progress and exit; exit at once when sent twice."],
];

const EXAMPLES: readonly (readonly [string, string])[] = [
  [
    "Watch two servers:",
    "pg-replication-exporter --server primary=postgresql://monitor@db1/postgres " +
    "--server standby=postgresql://monitor@db2/postgres",
  ],
  [
    "Try a configuration, connections included:",
    "pg-replication-exporter check-config --connect --config.file=config.yml",
  ],
  ["Show the status of a running service:", "pg-replication-exporter ctl status"],
];

/**
 * The manual page in section 1.
 *
 * @param options Commands, flags, version and date.
 * @returns Source for man, ends with a line feed.
 */
export function renderManPage({ commands, flags, version, date }: ManPageOptions): string {
  const groups = [...new Set(flags.map(({ group }) => group))];
  return [
    `.TH PG\\-REPLICATION\\-EXPORTER 1 ${
      date.toISOString().slice(0, 10)
    } "pg\\-replication\\-exporter ${version}"`,
    ".SH NAME",
    "pg\\-replication\\-exporter \\- PostgreSQL replication exporter for Prometheus",
    ".SH SYNOPSIS",
    `.B pg\\-replication\\-exporter`,
    `[${italic("COMMAND")}] [${italic("FLAG")} ...]`,
    ".SH DESCRIPTION",
    ...text(
      "Monitors PostgreSQL streaming replication from both ends at once, the primary and every standby, and serves " +
        "the results to Prometheus, load balancers and people. It needs a login in pg_monitor on each server and writes " +
        "nothing to any database.",
    ),
    ".SH COMMANDS",
    ...commands.flatMap(({ name, operands, help }, index) =>
      entry(
        operands === "" ? bold(name) : `${bold(name)} ${italic(operands)}`,
        `${help}.${index === 0 ? " This is the default." : ""}`,
      )
    ),
    ".SH OPTIONS",
    ...groups.flatMap((group) => [
      `.SS ${escape(group)}`,
      ...flags.filter((flag) => flag.group === group).flatMap(flagEntry),
    ]),
    ".SH ENVIRONMENT",
    ...text(TWIN_HELP),
    ".PP",
    ...text(CLASSIC_HELP),
    ".SH EXIT STATUS",
    ...EXIT_STATUS.flatMap(([status, words]) => entry(bold(status), words)),
    ".SH FILES",
    ...FILES.flatMap(([path, words]) => entry(italic(path), words)),
    ".SH SIGNALS",
    ...SIGNALS.flatMap(([signal, words]) => entry(bold(signal), words)),
    ".SH EXAMPLES",
    ...EXAMPLES.flatMap(([words, command], index) => [
      ...(index === 0 ? [] : [".PP"]),
      ...text(words),
      ".PP",
      ".RS 4",
      ...text(command),
      ".RE",
    ]),
    ".SH SEE ALSO",
    ".BR psql (1),",
    ".BR prometheus (1),",
    ".BR systemctl (1)",
    "",
  ].join("\n");
}
