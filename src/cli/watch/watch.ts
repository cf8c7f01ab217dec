/**
 * `watch`: the report, live in a terminal or as lines.
 *
 * @module
 */
import { ConfigError } from "../../config/config_error.ts";
import { parseDuration } from "../../config/units.ts";
import type { Logger } from "../../domain/log.ts";
import { COLORS, NO_COLORS } from "../../report/styled_text/palette.ts";
import { ASCII_GLYPHS, UNICODE_GLYPHS } from "../../report/styled_text/line.ts";
import { SORT_KEYS, type SortKey } from "../../report/terminal/rows.ts";
import type { Invocation } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { EXIT_FAILURE } from "../report_error.ts";
import { openReportSource } from "../look/report_source.ts";
import { watchPlain } from "./watch_plain.ts";
import { watchScreen } from "./watch_screen.ts";

/** Shortest interval, seconds: faster than that nobody reads, and the servers would feel it. */
const LEAST_INTERVAL_SECONDS = 0.1;
/** Longest time that ending sessions may take, seconds. */
const CLOSE_SECONDS = 2;

/** How long positions are sampled before the first picture, seconds: a lag that is not known yet is shown as such. */
const SAMPLE_SECONDS = 1;

/** Terminals without the characters of a sparkline: the console of Linux, and those of old. */
const WITHOUT_BLOCKS = /^(linux|vt\d|ansi|xterm-mono$)/;

const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** The flags of `watch`, read. */
export interface WatchFlags {
  /** From one report to the next, seconds. */
  readonly intervalSeconds: number;
  /** What rows are sorted by at first. */
  readonly sort: SortKey;
  /** How many reports; null: until told to stop. */
  readonly count: number | null;
  /** Whether lines are wanted also on a terminal. */
  readonly isPlain: boolean;
}

/**
 * Watches live: on a terminal a screen that is redrawn, anywhere else a line per interval. It ends with q, Ctrl-C, SIGTERM
 * or SIGHUP, when nobody reads the lines any more, and after `--count` reports; a terminal is given back as it was,
 * however it ends.
 *
 * @param invocation What to watch, and the process around it.
 * @returns 0; 1 when `--count` reports were asked for and the last one could not be had.
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
 * @param invocation The command line.
 * @throws {ConfigError} With every problem found.
 */
export function readWatchFlags(invocation: Pick<Invocation, "option" | "isOn">): WatchFlags {
  const problems: string[] = [];
  const interval = invocation.option("interval") ?? "1s";
  let intervalSeconds = 1;
  try {
    intervalSeconds = parseDuration(interval);
    if (intervalSeconds < LEAST_INTERVAL_SECONDS) {
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
    problems.push(`Flag "--count" is "${counted}": expected a whole number from 1 on`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { intervalSeconds, sort: sort ?? "lag", count, isPlain: invocation.isOn("plain") };
}

/** Log lines would tear the screen, and stand between the lines: what they tell is shown as findings and events. */
function quietOnTerminal(invocation: Invocation): Invocation {
  if (!invocation.context.device?.isError) return invocation;
  return { ...invocation, createLogger: () => SILENT };
}

/** What was read for the picture before is not read again, also when readings come a little early. */
function freshEachTime(invocation: Invocation, { intervalSeconds }: WatchFlags): Invocation {
  const readConfig = async () => {
    const config = await invocation.readConfig();
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
