import { ConfigError } from "../config/config_error.ts";
import { ReportSourceError } from "../report/source.ts";

/** Exit code for a command line or configuration that cannot be used, as flag parsers of the field have it. */
export const EXIT_USAGE = 2;
/** Exit code for a failure to start or to go on. */
export const EXIT_FAILURE = 1;

const PROGRAM = "pg-replication-exporter";
const RED = "\x1b[31m";
const RESET = "\x1b[0m";

/** An error in words. */
export interface ErrorReport {
  /** What to write; ends with a line feed. */
  readonly text: string;
  /** The exit code it calls for. */
  readonly exitCode: number;
}

/** Control characters, which could move a terminal's cursor, as escapes. */
function printable(text: string): string {
  return text.replaceAll(
    // deno-lint-ignore no-control-regex -- they are what is looked for
    /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Errors of the outside world: their message says it all, a stack would only hide it. */
function isExpected(error: Error): boolean {
  const { AddrInUse, AddrNotAvailable, NotFound, PermissionDenied } = Deno.errors;
  return [AddrInUse, AddrNotAvailable, NotFound, PermissionDenied, ReportSourceError].some((kind) =>
    error instanceof kind
  );
}

/**
 * Turns an error into words and an exit code.
 *
 * @param error What was thrown.
 * @param options `useColor`: whether the words may be coloured; `help`: what to try where the problems have no advice.
 * @returns A configuration's problems one per line with exit code 2; anything else with 1, with a stack when it is a
 *   defect of ours.
 */
export function reportError(
  error: unknown,
  options: { readonly useColor: boolean; readonly help?: string },
): ErrorReport {
  const head = options.useColor ? `${RED}${PROGRAM}:${RESET}` : `${PROGRAM}:`;
  if (error instanceof ConfigError) {
    const advice = error.advice || `Try ${options.help ?? `${PROGRAM} --help`}`;
    const lines = error.problems.map((problem) => `${head} ${printable(problem)}`);
    return { text: `${lines.join("\n")}\n\n${advice}\n`, exitCode: EXIT_USAGE };
  }
  if (error instanceof Error && isExpected(error)) {
    return { text: `${head} ${printable(error.message)}\n`, exitCode: EXIT_FAILURE };
  }
  const details = error instanceof Error ? error.stack ?? error.message : String(error);
  return {
    text: `${head} Unexpected failure, please report it with these lines\n${printable(details)}\n`,
    exitCode: EXIT_FAILURE,
  };
}
