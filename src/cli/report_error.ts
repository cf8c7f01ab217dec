import { ConfigError } from "../config/config_error.ts";
import { ReportSourceError } from "../report/source.ts";
import { escapeMatches } from "./log.ts";

/** Exit code for an unusable command line or configuration. */
export const EXIT_USAGE = 2;
/** Exit code for any other failure. */
export const EXIT_FAILURE = 1;

const PROGRAM = "pg-replication-exporter";

/** An error as text. */
export interface ErrorReport {
  /** What to write; ends with a line feed. */
  readonly text: string;
  /** The exit code. */
  readonly exitCode: number;
}

/** The message of an error with its stack. */
export function errorStack(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

/** Control characters, which could move a terminal's cursor, as escapes. */
function escapeControls(text: string): string {
  // deno-lint-ignore no-control-regex -- these characters are the ones to escape
  return escapeMatches(text, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g);
}

/** Whether the environment caused the error: the message is enough, and a stack would hide it. */
function isExpected(error: Error): boolean {
  const { AddrInUse, AddrNotAvailable, NotFound, PermissionDenied } = Deno.errors;
  return [AddrInUse, AddrNotAvailable, NotFound, PermissionDenied, ReportSourceError].some((kind) =>
    error instanceof kind
  );
}

/**
 * Turns an error into text and an exit code: 2 and one line per problem for a configuration, otherwise 1, with a stack
 * when the program itself is at fault.
 *
 * @param error What was thrown.
 * @param options `useColor`: whether the text may be colored; `help`: the command to try when the problems have no advice.
 */
export function reportError(
  error: unknown,
  options: { readonly useColor: boolean; readonly help?: string },
): ErrorReport {
  const head = options.useColor ? `\x1b[31m${PROGRAM}:\x1b[0m` : `${PROGRAM}:`;
  if (error instanceof ConfigError) {
    const advice = error.advice || `Try ${options.help ?? `${PROGRAM} --help`}`;
    const lines = error.problems.map((problem) => `${head} ${escapeControls(problem)}`);
    return { text: `${lines.join("\n")}\n\n${advice}\n`, exitCode: EXIT_USAGE };
  }
  const text = error instanceof Error && isExpected(error)
    ? error.message
    : `Unexpected failure, please report it with these lines\n${errorStack(error)}`;
  return { text: `${head} ${escapeControls(text)}\n`, exitCode: EXIT_FAILURE };
}
