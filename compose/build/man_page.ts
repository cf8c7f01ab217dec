/**
 * The manual page, from the tables of commands and flags.
 *
 * @module
 */
import type { Command } from "../../src/cli/command.ts";
import { environmentTwin, type Flag, isSetting } from "../../src/cli/settings/flags.ts";
import { CLASSIC_HELP, TWIN_HELP } from "../../src/cli/help.ts";
import { wrapWords } from "../../src/cli/wrap_words.ts";

/** The contents of the manual page. */
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

/** Text as roff, with its special characters escaped. */
function escape(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq").replaceAll("`", "\\(ga")
    .replaceAll("~", "\\(ti").replaceAll("^", "\\(ha");
}

/** Text in lines; a leading dot, which begins a roff request, is escaped. */
function text(words: string): readonly string[] {
  return wrapWords(escape(words), { width: 78 }).map((each) => each.startsWith(".") ? `\\&${each}` : each);
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
    ...(isSetting(flag) ? [`Variable: ${environmentTwin(flag.name)}.`] : []),
    ...(flag.commands.length === 0 ? [] : [`For ${flag.commands.join(", ")}.`]),
  ];
  return entry(`${bold(name)}${value}`, [flag.help, ...notes].join(" "));
}

const EXIT_STATUS: readonly (readonly [string, string])[] = [
  ["0", "Success; for report, doctor and preflight: ok; for wait: reached."],
  ["1", "Failure; for report, doctor and preflight: warning; for wait: not reached in time."],
  [
    "2",
    "The command line or the configuration cannot be used; for report, doctor and preflight: critical.",
  ],
  [
    "3",
    "For report, doctor, preflight and wait: unknown, also when the configuration cannot be used. " +
    "For ctl: no exporter responds.",
  ],
];

const FILES: readonly (readonly [string, string])[] = [
  [
    "/etc/pg-replication-exporter/config.yml",
    "Configuration of the service, passed with --config.file.",
  ],
  ["/etc/default/pg-replication-exporter", "Environment variables of the service; ARGS adds flags."],
  ["/etc/credstore/pg-replication-exporter.password", "Password of the service, passed by systemd."],
  [
    "/var/lib/pg-replication-exporter/state.json",
    "History behind the lag in seconds, set with --state.file.",
  ],
  ["/run/pg-replication-exporter/ctl.sock", "Management socket of the running service, for ctl."],
];

const SIGNALS: readonly (readonly [string, string])[] = [
  ["SIGHUP", "Reload the configuration. If it cannot be used, the previous one stays in effect."],
  ["SIGTERM, SIGINT", "Finish the requests in flight and exit; exit immediately when sent twice."],
];

const EXAMPLES: readonly (readonly [string, string])[] = [
  [
    "Watch two servers:",
    "pg-replication-exporter --server primary=postgresql://monitor@db1/postgres " +
    "--server standby=postgresql://monitor@db2/postgres",
  ],
  [
    "Test a configuration, including the connections:",
    "pg-replication-exporter check-config --connect --config.file=config.yml",
  ],
  ["Show the status of the running service:", "pg-replication-exporter ctl status"],
];

/** The manual page in section 1, as source for man; ends with a line feed. */
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
      "Watches PostgreSQL streaming replication from both ends at once, the primary and every standby, and serves " +
        "metrics to Prometheus, routing checks to load balancers, and reports to people. It needs a login with " +
        "pg_monitor on each server and writes nothing to any database.",
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
