import type { Collector } from "../collectors/collector.ts";
import { ConfigError } from "../config/config_error.ts";
import { didYouMean } from "../config/suggestion.ts";
import { type Arguments, parseArguments } from "./settings/arguments.ts";
import { type Command, EXIT_UNKNOWN, type SettingValues } from "./command.ts";
import type { CommandContext } from "./context.ts";
import { defineFlags, type Flag, isSetting } from "./settings/flags.ts";
import { createLogger } from "./log.ts";
import { readConfiguration } from "./settings/read_config.ts";
import { reportError } from "./report_error.ts";
import { showVersion } from "./version.ts";

/** The parts that `main.ts` combines with the command line. */
export interface Program {
  /** Every collector: each has a flag. */
  readonly collectors: readonly Collector[];
  /** Every command; the first is the default. */
  readonly commands: readonly Command[];
}

/** The process, and the parts of the program. */
export interface RunOptions {
  /** The process. */
  readonly context: CommandContext;
  /** The parts. */
  readonly program: Program;
}

/** The parsed command line with all flags. */
type ParsedLine = Arguments & { readonly flags: readonly Flag[] };

/** Words that an error may repeat; anything else could be a connection string with a password. */
const COMMAND_WORD = /^[a-z][a-z-]{0,19}$/;

const MISSING_FLAG = "is --server missing, or are quotes missing around a connection string with blanks?";

/** The command that the words name; null, with a problem added, when there is none. */
function findCommand(
  words: readonly string[],
  { commands, problems }: { readonly commands: readonly Command[]; readonly problems: string[] },
): Command | null {
  const name = words[0] ?? commands[0]?.name ?? "";
  const command = commands.find((each) => each.name === name);
  if (command !== undefined) return command;
  const names = commands.map((each) => each.name);
  problems.push(
    COMMAND_WORD.test(name)
      ? `Unknown command "${name}"${didYouMean(name, names) || `: expected ${names.join(", ")}`}`
      : `Unexpected argument 1: expected a command (${names.join(", ")}) or a flag; ${MISSING_FLAG}`,
  );
  return null;
}

/** A wrong number of operands, and flags that do not belong to the command. */
function commandProblems(
  { name, operands, operandCount: [least, most], hasSettings }: Command,
  { words, given, flags }: ParsedLine,
): readonly string[] {
  const count = Math.max(0, words.length - 1);
  const present = flags.filter((flag) => given.has(flag.name));
  const foreign = present.filter((flag) => flag.commands.length > 0 && !flag.commands.includes(name));
  const settings = hasSettings ? [] : present.filter(isSetting);
  return [
    ...(count > most
      ? [
        most === 0
          ? `Unexpected argument after "${name}": it takes only flags; ${MISSING_FLAG}`
          : `Unexpected argument ${most + 1} after "${name}": expected ${operands}; ${MISSING_FLAG}`,
      ]
      : []),
    ...(count < least ? [`"${name}" needs ${operands}: pg-replication-exporter ${name} ${operands}`] : []),
    ...foreign.map((flag) =>
      `Flag "--${flag.name}" is not for "${name}", but for ${flag.commands.join(", ")}`
    ),
    ...settings.map((flag) => {
      const meant = flags.find((own) => own.commands.includes(name) && flag.name.endsWith(`.${own.name}`));
      const advice = meant === undefined ? "remove it" : `use --${meant.name}`;
      return `Flag "--${flag.name}" is not for "${name}", which reads no configuration: ${advice}`;
    }),
  ];
}

/** The same line with values of settings that it does not give. */
function withDefaults(parsed: ParsedLine, defaults: SettingValues): ParsedLine {
  return { ...parsed, given: new Map([...Object.entries(defaults), ...parsed.given]) };
}

async function runCommand(command: Command, parsed: ParsedLine, options: RunOptions): Promise<number> {
  const { context, program } = options;
  const option = (name: string) => parsed.given.get(name)?.[0];
  const code = await command.load();
  return await code({
    context,
    operands: parsed.words.slice(1),
    flags: parsed.flags,
    ...program,
    option,
    isOn: (name) => option(name) === "true",
    readConfig: async (defaults = {}) =>
      (await readConfiguration(withDefaults(parsed, defaults), { context, ...program })).config,
    readConfiguration: () => readConfiguration(parsed, { context, ...program }),
    createLogger: (config) =>
      createLogger({ ...config.log, clock: context.clock, write: (text) => context.writeStderr(text) }),
  });
}

/**
 * Runs the command that the arguments name, and writes errors to standard error.
 *
 * @param args The command line.
 * @param options The process, and the parts of the program.
 * @returns The exit code of the command. On an error 2 for an unusable command line or configuration and 1 otherwise, but
 *   always 3 when the command's exit code is a status.
 */
export async function runCommandLine(args: readonly string[], options: RunOptions): Promise<number> {
  const { context, program } = options;
  const flags = defineFlags(program.collectors);
  const { given, words: said, problems: found } = parseArguments(args, flags);
  const problems = [...found];
  const isOn = (name: string) => given.get(name)?.[0] === "true";
  // "--help all" is "help all": its word names no command.
  const [topic] = said;
  const help = isOn("help") ? await import("./help_command.ts") : null;
  const isTopic = help !== null && topic !== undefined && help.isTopic(topic, flags);
  const words = isTopic ? said.slice(1) : said;
  const command = findCommand(words, { commands: program.commands, problems });
  const parsed = { given, words, flags, problems };
  try {
    const asks = isOn("help") || isOn("version");
    if (command !== null) {
      // Help may be requested before the operands are known.
      const [least, most] = command.operandCount;
      problems.push(...commandProblems({ ...command, operandCount: [asks ? 0 : least, most] }, parsed));
    }
    // The default command also reads its configuration, so that its problems are reported as well.
    const isNamed = command !== null && words.length > 0 && command !== program.commands[0];
    if (problems.length > 0 && (asks || command !== program.commands[0])) {
      const advice = isNamed ? `Try pg-replication-exporter ${command.name} --help` : "";
      throw new ConfigError(problems, { advice });
    }
    if (help !== null) {
      context.writeStdout(help.helpOn(topic, { flags, commands: program.commands }));
      return 0;
    }
    if (isOn("version")) return await showVersion({ context });
    if (command === null) throw new ConfigError(problems);
    return await runCommand(command, parsed, options);
  } catch (error) {
    // An error of a command without configuration concerns its own command line.
    const advice = command === null || command.hasSettings
      ? {}
      : { help: `pg-replication-exporter ${command.name} --help` };
    const { text, exitCode } = reportError(error, { useColor: context.useColor, ...advice });
    context.writeStderr(text);
    return command?.isVerdict ? EXIT_UNKNOWN : exitCode;
  }
}
