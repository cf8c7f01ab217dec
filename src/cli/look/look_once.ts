import type { Config } from "../../config/config.ts";
import { didYouMean } from "../../config/suggestion.ts";
import { parseDuration } from "../../config/units.ts";
import { printable } from "../../report/styled_text/display_width.ts";
import type { TextOptions } from "../../report/text/lines.ts";
import type { Invocation } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { SILENT_LOGGER } from "../log.ts";
import { DEFAULT_SAMPLE_SECONDS, type ObservationProgress } from "./observe.ts";

/** Columns of text without a terminal; also the maximum, for readability. */
const DEFAULT_WIDTH = 100;
/** Minimum columns: narrower terminals break lines themselves. */
const MIN_WIDTH = 40;

/** Entries of a list without `--all`. */
const MOST_ENTRIES = 30;

/** Longest sample, seconds. */
const MAX_SAMPLE_SECONDS = 3600;

/** Clears the progress line. */
const CLEAR_LINE = "\r\x1b[K";

/** What a single look gets. */
export interface LookContext {
  /** Aborts when a signal stops the process. */
  readonly signal: AbortSignal;
  /** Shows the progress of an observation. */
  readonly onProgress: (progress: ObservationProgress) => void;
  /** Shows progress in words. */
  readonly show: (text: string) => void;
  /** The invocation without a log, which would repeat what the report contains. */
  readonly quiet: Invocation;
}

/**
 * Looks once, with progress on a terminal, until SIGINT or SIGTERM.
 *
 * @param invocation The command line and the process.
 * @param options How long positions are sampled, seconds, for the progress text, and what to do.
 * @returns What `look` returned; null when a signal stopped it.
 */
export async function lookOnce<T>(
  invocation: Invocation,
  { sampleSeconds, look }: {
    readonly sampleSeconds: number;
    readonly look: (look: LookContext) => Promise<T>;
  },
): Promise<T | null> {
  const { context } = invocation;
  const stop = new AbortController();
  const releases = (["SIGINT", "SIGTERM"] as const).map((name) =>
    context.onSignal(name, () => stop.abort(new Error(name)))
  );
  const progress = showProgress(context, sampleSeconds);
  try {
    return await look({ ...progress, signal: stop.signal, quiet: quiet(invocation) });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return null;
  } finally {
    progress.clear();
    for (const release of releases) release();
  }
}

/** Reads `--sample`, in seconds; adds to `problems` what is wrong with it. */
export function readSampleSeconds({ option }: Pick<Invocation, "option">, problems: string[]): number {
  const text = option("sample");
  if (text === undefined) return DEFAULT_SAMPLE_SECONDS;
  try {
    const seconds = parseDuration(text);
    if (seconds <= MAX_SAMPLE_SECONDS) return seconds;
    problems.push('Flag "--sample" is too long: expected at most 1h');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    problems.push(`Flag "--sample": ${error.message}`);
  }
  return DEFAULT_SAMPLE_SECONDS;
}

/** Reads `--format` and `--json`; text by default. Adds to `problems` what is wrong with them. */
export function readFormat<const Format extends string>(
  { option, isOn }: Pick<Invocation, "option" | "isOn">,
  { formats, problems }: { readonly formats: readonly Format[]; readonly problems: string[] },
): Format | "text" | "json" {
  const wanted = option("format");
  if (wanted === undefined) return isOn("json") ? "json" : "text";
  const format = formats.find((one) => one === wanted);
  if (format === undefined) {
    problems.push(
      `Flag "--format" is "${wanted}"${didYouMean(wanted, formats) || `: expected ${formats.join(" or ")}`}`,
    );
  }
  if (isOn("json") && format !== undefined && format !== "json") {
    problems.push(`Flags "--json" and "--format=${format}" contradict each other`);
  }
  return format ?? "text";
}

/** Columns and color of text on standard output, and whether `--all` keeps long lists whole. */
export function textOptionsOf(
  { context: { terminal }, isOn }: Pick<Invocation, "context" | "isOn">,
): TextOptions {
  const columns = terminal?.isOutput ? terminal.columns() : null;
  const width = Math.max(MIN_WIDTH, Math.min(columns ?? DEFAULT_WIDTH, DEFAULT_WIDTH));
  return { width, color: terminal?.useOutputColor ?? false, ...isOn("all") ? {} : { most: MOST_ENTRIES } };
}

/** The report contains the errors of servers, so that only the debug level logs them. */
function quiet(invocation: Invocation): Invocation {
  const createLogger = (config: Config) =>
    config.log.level === "debug" ? invocation.createLogger(config) : SILENT_LOGGER;
  return { ...invocation, createLogger };
}

type ProgressLine = Pick<LookContext, "onProgress" | "show"> & { readonly clear: () => void };

/** One line on standard error that is overwritten, only on a terminal. */
function showProgress({ terminal, writeStderr }: CommandContext, sampleSeconds: number): ProgressLine {
  if (!terminal?.isError) return { onProgress: () => {}, show: () => {}, clear: () => {} };
  let shown = "";
  const show = (text: string) => {
    if (text !== shown) writeStderr(text === "" ? CLEAR_LINE : `${CLEAR_LINE}${text}`);
    shown = text;
  };
  return {
    onProgress: ({ seconds, view }) =>
      show(
        view === null
          ? `Querying all servers (${seconds.toFixed(0)} s)`
          : `Sampling positions for ${sampleSeconds} s, for an accurate lag (${seconds.toFixed(0)} s)`,
      ),
    show: (text) => show(printable(text).slice(0, (terminal.columns() ?? DEFAULT_WIDTH) - 1)),
    clear: () => show(""),
  };
}
