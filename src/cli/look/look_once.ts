import type { Config } from "../../config/config.ts";
import { parseDuration } from "../../config/units.ts";
import type { Logger } from "../../domain/log.ts";
import type { Invocation } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { DEFAULT_SAMPLE_SECONDS, type ObservationProgress } from "./observe.ts";

/** Width of the text where there is no terminal to ask, and the widest that is easily read, characters. */
const USUAL_WIDTH = 100;
/** Narrower than this nothing is broken further, characters. */
const LEAST_WIDTH = 40;

/** Longest sample, seconds. */
const MOST_SAMPLE_SECONDS = 3600;

/** Ends the line of progress. */
const CLEAR_LINE = "\r\x1b[K";

/** What a single look is given. */
export interface Look {
  /** Aborts when the process is told to end. */
  readonly signal: AbortSignal;
  /** Shows how far it is. */
  readonly onProgress: (progress: ObservationProgress) => void;
  /** The invocation, with a log that repeats nothing of what the answer says. */
  readonly quiet: Invocation;
}

/**
 * Looks once: shows progress on a terminal, and ends when the process is told to.
 *
 * @param invocation The command line and the process around it.
 * @param options How long is sampled, for the words of progress, and what to do.
 * @returns What `look` returned; null when the process was told to end meanwhile.
 */
export async function lookOnce<T>(
  invocation: Invocation,
  { sampleSeconds, look }: { readonly sampleSeconds: number; readonly look: (look: Look) => Promise<T> },
): Promise<T | null> {
  const { context } = invocation;
  const stop = new AbortController();
  const releases = (["SIGINT", "SIGTERM"] as const).map((name) =>
    context.onSignal(name, () => stop.abort(new Error(name)))
  );
  const progress = showProgress(context, sampleSeconds);
  try {
    return await look({ signal: stop.signal, onProgress: progress.show, quiet: quiet(invocation) });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return null;
  } finally {
    progress.clear();
    for (const release of releases) release();
  }
}

/**
 * Reads `--sample`.
 *
 * @param invocation The command line.
 * @param problems What is wrong with it is added here.
 * @returns Seconds.
 */
export function readSampleSeconds({ option }: Pick<Invocation, "option">, problems: string[]): number {
  const text = option("sample");
  if (text === undefined) return DEFAULT_SAMPLE_SECONDS;
  try {
    const seconds = parseDuration(text);
    if (seconds <= MOST_SAMPLE_SECONDS) return seconds;
    problems.push('Flag "--sample" is too long: expected at most 1h');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    problems.push(`Flag "--sample": ${error.message}`);
  }
  return DEFAULT_SAMPLE_SECONDS;
}

/**
 * How text is written to standard output.
 *
 * @param context The process.
 */
export function textOptionsOf(
  context: CommandContext,
): { readonly width: number; readonly color: boolean } {
  return { width: widthOf(context), color: context.terminal?.useOutputColor ?? false };
}

/** Columns of standard output. */
function widthOf({ terminal }: CommandContext): number {
  const columns = terminal?.isOutput ? terminal.columns() : null;
  return Math.max(LEAST_WIDTH, Math.min(columns ?? USUAL_WIDTH, USUAL_WIDTH));
}

/** Logs nothing. */
const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** What would be logged of a server's trouble is in the answer itself: a log is written only to look for a defect. */
function quiet(invocation: Invocation): Invocation {
  const createLogger = (config: Config) =>
    config.log.level === "debug" ? invocation.createLogger(config) : SILENT;
  return { ...invocation, createLogger };
}

interface Progress {
  readonly show: (progress: ObservationProgress) => void;
  readonly clear: () => void;
}

/** One line on standard error, written over and over, and only on a terminal. */
function showProgress({ terminal, writeStderr }: CommandContext, sampleSeconds: number): Progress {
  if (!terminal?.isError) return { show: () => {}, clear: () => {} };
  let shown = "";
  const write = (text: string) => {
    if (text !== shown) writeStderr(text === "" ? CLEAR_LINE : `${CLEAR_LINE}${text}`);
    shown = text;
  };
  return {
    show: ({ seconds, view }) =>
      write(
        view === null
          ? `Asking every server (${seconds.toFixed(0)} s)`
          : `Sampling positions for ${sampleSeconds} s, so that the lag is a true one (${
            seconds.toFixed(0)
          } s)`,
      ),
    clear: () => write(""),
  };
}
