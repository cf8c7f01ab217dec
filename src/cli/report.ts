import { ConfigError } from "../config/config_error.ts";
import type { Config } from "../config/config.ts";
import { didYouMean } from "../config/suggestion.ts";
import { parseDuration } from "../config/units.ts";
import { renderReportJson } from "../report/json.ts";
import { renderReportText } from "../report/text/report.ts";
import type { Invocation } from "./command.ts";
import type { CommandContext } from "./context.ts";
import { DEFAULT_SAMPLE_SECONDS, type ObservationProgress } from "./observe.ts";
import { openReportSource } from "./report_source.ts";
import { exitCodeOf } from "./verdict.ts";

/** Forms of a report. */
const FORMATS = ["text", "json"] as const;

/** Width of the text where there is no terminal to ask, and the widest that is easily read, characters. */
const USUAL_WIDTH = 100;
/** Narrower than this nothing is broken further, characters. */
const LEAST_WIDTH = 40;

/** Longest sample, seconds. */
const MOST_SAMPLE_SECONDS = 3600;

/** Ends the line of progress. */
const CLEAR_LINE = "\r\x1b[K";

/** The flags of `report`, read. */
export interface ReportFlags {
  /** The form. */
  readonly format: typeof FORMATS[number];
  /** How long positions are sampled, seconds. */
  readonly sampleSeconds: number;
}

/**
 * Writes one report to standard output.
 *
 * @param invocation What to look at, and the process around it.
 * @returns 0 healthy, 1 warning, 2 critical, 3 unknown, also when it was told to stop.
 */
export async function report(invocation: Invocation): Promise<number> {
  const { context } = invocation;
  const { format, sampleSeconds } = readReportFlags(invocation);
  const stop = new AbortController();
  const releases = (["SIGINT", "SIGTERM"] as const).map((name) =>
    context.onSignal(name, () => stop.abort(new Error(name)))
  );
  const progress = showProgress(context, sampleSeconds);
  try {
    const source = await openReportSource(quiet(invocation), { sampleSeconds, onProgress: progress.show });
    try {
      const made = await source.read(stop.signal);
      progress.clear();
      context.writeStdout(
        format === "json" ? renderReportJson(made) : renderReportText(made, {
          width: widthOf(context),
          color: context.terminal?.useOutputColor ?? false,
        }),
      );
      return exitCodeOf(made.status);
    } finally {
      await source.close();
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return exitCodeOf("unknown");
  } finally {
    progress.clear();
    for (const release of releases) release();
  }
}

/**
 * Reads the flags of `report`.
 *
 * @param invocation The command line.
 * @throws {ConfigError} With every problem found.
 */
export function readReportFlags({ option, isOn }: Pick<Invocation, "option" | "isOn">): ReportFlags {
  const problems: string[] = [];
  const wanted = option("format");
  const format = wanted === undefined
    ? isOn("json") ? "json" : "text"
    : FORMATS.find((one) => one === wanted);
  if (format === undefined) {
    const suggestion = didYouMean(wanted ?? "", FORMATS);
    problems.push(`Flag "--format" is "${wanted}"${suggestion || `: expected ${FORMATS.join(" or ")}`}`);
  }
  if (isOn("json") && format === "text") {
    problems.push('Flags "--json" and "--format=text" contradict each other');
  }
  let sampleSeconds = DEFAULT_SAMPLE_SECONDS;
  try {
    sampleSeconds = parseDuration(option("sample") ?? `${DEFAULT_SAMPLE_SECONDS}s`);
    if (sampleSeconds > MOST_SAMPLE_SECONDS) {
      problems.push('Flag "--sample" is too long: expected at most 1h');
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    problems.push(`Flag "--sample": ${error.message}`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { format: format ?? "text", sampleSeconds };
}

function widthOf({ terminal }: CommandContext): number {
  const columns = terminal?.isOutput ? terminal.columns() : null;
  return Math.max(LEAST_WIDTH, Math.min(columns ?? USUAL_WIDTH, USUAL_WIDTH));
}

/** What is logged of a server's trouble is in the report itself; a defect is still told. */
function quiet(invocation: Invocation): Invocation {
  const createLogger = (config: Config) => {
    const level = config.log.level === "debug" ? "debug" : "error";
    return invocation.createLogger({ ...config, log: { ...config.log, level } });
  };
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
