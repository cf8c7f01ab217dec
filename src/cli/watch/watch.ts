/**
 * `watch`: live reports, on a screen or as lines.
 *
 * @module
 */
import { ConfigError } from "../../config/config_error.ts";
import { parseDuration } from "../../config/units.ts";
import { COLORS, NO_COLORS } from "../../report/styled_text/palette.ts";
import { ASCII_GLYPHS, UNICODE_GLYPHS } from "../../report/styled_text/line.ts";
import { SORT_KEYS, type SortKey } from "../../report/terminal/rows.ts";
import type { Invocation, SettingValues } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { SILENT_LOGGER } from "../log.ts";
import { EXIT_FAILURE } from "../report_error.ts";
import { openReportSource } from "../look/report_source.ts";
import { watchPlain } from "./watch_plain.ts";
import { watchScreen } from "./watch_screen.ts";

/** Shortest interval, seconds: a shorter one would load the servers, and nobody reads that fast. */
const MIN_INTERVAL_SECONDS = 0.1;
/** Longest time for closing the source, seconds. */
const CLOSE_SECONDS = 2;

/** How long positions are sampled before the first report, seconds; a lag that is still unknown is shown as unknown. */
const SAMPLE_SECONDS = 1;

/** Terminals without the block characters of a sparkline: the Linux console and old terminals. */
const WITHOUT_BLOCKS = /^(linux|vt\d|ansi|xterm-mono$)/;

/** The flags of `watch`. */
export interface WatchFlags {
  /** Time from one report to the next, seconds. */
  readonly intervalSeconds: number;
  /** Initial sort order. */
  readonly sort: SortKey;
  /** Number of reports; null for no limit. */
  readonly count: number | null;
  /** Whether to print lines even on a terminal. */
  readonly isPlain: boolean;
}

/**
 * `watch`: on a terminal a screen that is redrawn, elsewhere a line per interval. It ends with q, Ctrl-C, SIGTERM or
 * SIGHUP, when standard output is closed, and after `--count` reports; it always restores the terminal.
 *
 * @returns 0; 1 with `--count` when the last report could not be read.
 */
export async function watch(invocation: Invocation): Promise<number> {
  const { context } = invocation;
  const flags = readWatchFlags(invocation);
  const terminal = context.environment("TERM") ?? "";
  const stop = new AbortController();
  const releases = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((name) =>
    context.onSignal(name, () => stop.abort("stopped"))
  );
  try {
    const watched = freshEachTime(quietOnTerminal(invocation), flags);
    const source = await openReportSource(watched, { sampleSeconds: SAMPLE_SECONDS });
    try {
      const options = { ...flags, clock: context.clock, signal: stop.signal };
      const { device } = context;
      const isRead = device === undefined || !device.isOutput || flags.isPlain || terminal === "dumb"
        ? await watchPlain(source, { ...options, write: writerOf(context) })
        : await watchScreen(source, {
          ...options,
          device,
          onSignal: (name, handler) => context.onSignal(name, handler),
          palette: context.environment("NO_COLOR") ? NO_COLORS : COLORS,
          glyphs: WITHOUT_BLOCKS.test(terminal) ? ASCII_GLYPHS : UNICODE_GLYPHS,
        });
      return isRead || flags.count === null ? 0 : EXIT_FAILURE;
    } finally {
      await Promise.race([source.close(), context.clock.sleep(CLOSE_SECONDS)]);
    }
  } finally {
    for (const release of releases) release();
  }
}

/**
 * Reads the flags of `watch`.
 *
 * @throws {ConfigError} With every problem found.
 */
export function readWatchFlags(invocation: Pick<Invocation, "option" | "isOn">): WatchFlags {
  const problems: string[] = [];
  const interval = invocation.option("interval") ?? "1s";
  let intervalSeconds = 1;
  try {
    intervalSeconds = parseDuration(interval);
    if (intervalSeconds < MIN_INTERVAL_SECONDS) {
      problems.push(`Flag "--interval" is ${interval}: expected at least 100ms`);
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    problems.push(`Flag "--interval": ${error.message}`);
  }
  const wanted = invocation.option("sort") ?? "lag";
  const sort = SORT_KEYS.find((key) => key === wanted);
  if (sort === undefined) problems.push(`Flag "--sort" is "${wanted}": expected ${SORT_KEYS.join(", ")}`);
  const counted = invocation.option("count");
  const count = counted === undefined ? null : Number(counted);
  if (count !== null && !/^[1-9]\d{0,8}$/.test(counted ?? "")) {
    problems.push(`Flag "--count" is "${counted}": expected a whole number of at least 1`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { intervalSeconds, sort: sort ?? "lag", count, isPlain: invocation.isOn("plain") };
}

/** On a terminal, log lines would disturb the output, which shows the same as findings and events. */
function quietOnTerminal(invocation: Invocation): Invocation {
  if (!invocation.context.device?.isError) return invocation;
  return { ...invocation, createLogger: () => SILENT_LOGGER };
}

/** Never reuses the data of the previous report, even when a report is read slightly early. */
function freshEachTime(invocation: Invocation, { intervalSeconds }: WatchFlags): Invocation {
  const readConfig = async (defaults?: SettingValues) => {
    const config = await invocation.readConfig(defaults);
    const maxAgeSeconds = Math.min(config.collect.maxAgeSeconds, intervalSeconds / 2);
    return { ...config, collect: { ...config.collect, maxAgeSeconds } };
  };
  return { ...invocation, readConfig };
}

function writerOf(context: CommandContext): (text: string) => boolean {
  const { device } = context;
  if (device !== undefined) return (text) => device.write(text);
  return (text) => {
    context.writeStdout(text);
    return true;
  };
}
