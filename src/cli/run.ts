import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/config_error.ts";
import { resolveConfig } from "../config/resolve.ts";
import { didYouMean } from "../config/suggestion.ts";
import { type Arguments, parseArguments } from "./arguments.ts";
import { BUILD } from "./build_info.ts";
import type { CommandContext, Program } from "./context.ts";
import { defineFlags, type Flag } from "./flags.ts";
import { type CommandHelp, renderHelp } from "./help.ts";
import { createLogger } from "./log.ts";
import { readSettings } from "./read_settings.ts";
import { reportError } from "./report_error.ts";

/** Commands; the first is the default. */
const COMMANDS: readonly CommandHelp[] = [
  { name: "serve", help: "Watch the servers and serve their metrics" },
  { name: "help", help: "Show this help" },
  { name: "version", help: "Show version and commit" },
];

/** The command that the words name; a problem when they name none. */
/** What may be repeated in an error; anything else could be a connection string with its password. */
const COMMAND_WORD = /^[a-z][a-z-]{0,19}$/;

const MISSING_FLAG = "is --server missing, or the quotes around a connection string with blanks?";

function findCommand({ given, words }: Arguments, problems: string[]): string {
  const [name = "serve", ...rest] = words;
  const names = COMMANDS.map((command) => command.name);
  if (!names.includes(name)) {
    problems.push(
      COMMAND_WORD.test(name)
        ? `Unknown command "${name}"${didYouMean(name, names) || `: expected ${names.join(", ")}`}`
        : `Unexpected argument 1: expected a command (${names.join(", ")}) or a flag; ${MISSING_FLAG}`,
    );
  } else if (rest.length > 0) {
    problems.push(`Unexpected argument behind "${name}": it takes flags only; ${MISSING_FLAG}`);
  }
  if (given.get("help")?.[0] === "true") return "help";
  return given.get("version")?.[0] === "true" ? "version" : name;
}

function formatVersion(): string {
  const { deno } = Deno.version;
  return `pg-replication-exporter, version ${BUILD.version} (revision: ${BUILD.revision}, deno: ${deno}, platform: ${Deno.build.target})`;
}

/** What is wrong on the command line and in the configuration is said at once. */
async function readConfig(
  parsed: {
    readonly flags: readonly Flag[];
    readonly given: Arguments["given"];
    readonly problems: string[];
  },
  { context, program }: { readonly context: CommandContext; readonly program: Program },
): Promise<Config> {
  const environment = (name: string) => context.environment(name);
  const settings = readSettings(parsed.flags, {
    given: parsed.given,
    environment,
    problems: parsed.problems,
  });
  try {
    const config = await resolveConfig({
      settings,
      environment,
      readTextFile: (path) => context.readTextFile(path),
      collectors: program.collectors.map(({ name }) => name),
    });
    if (parsed.problems.length > 0) throw new ConfigError(parsed.problems);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError) || parsed.problems.length === 0) throw error;
    throw new ConfigError([...new Set([...parsed.problems, ...error.problems])], { advice: error.advice });
  }
}

async function runCommand(
  args: readonly string[],
  { context, program }: { readonly context: CommandContext; readonly program: Program },
): Promise<number> {
  const flags = defineFlags(program.collectors);
  const parsed = parseArguments(args, flags);
  const problems = [...parsed.problems];
  const command = findCommand(parsed, problems);
  if (command !== "serve" && problems.length > 0) throw new ConfigError(problems);
  switch (command) {
    case "help":
      context.writeStdout(renderHelp(flags, COMMANDS));
      return 0;
    case "version":
      context.writeStdout(`${formatVersion()}\n`);
      return 0;
    default: {
      const config = await readConfig({ flags, given: parsed.given, problems }, { context, program });
      const { clock } = context;
      const logger = createLogger({ ...config.log, clock, write: (text) => context.writeStderr(text) });
      return await program.serve(config, { ...context, logger });
    }
  }
}

/**
 * Runs the command that the arguments name.
 *
 * @param args The command line.
 * @param options The process around it, and the parts that it is joined from.
 * @returns The exit code: 0 for success, 2 for a command line or configuration that cannot be used, 1 for anything
 *   else. What went wrong has been written to standard error.
 */
export async function run(
  args: readonly string[],
  options: { readonly context: CommandContext; readonly program: Program },
): Promise<number> {
  try {
    return await runCommand(args, options);
  } catch (error) {
    const { text, exitCode } = reportError(error, options.context);
    options.context.writeStderr(text);
    return exitCode;
  }
}
