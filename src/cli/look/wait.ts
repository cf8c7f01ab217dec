import { ConfigError } from "../../config/config_error.ts";
import { durationBetween, formatDuration, parseDuration } from "../../config/units.ts";
import type { Clock } from "../../domain/clock.ts";
import { startDeadline } from "../../domain/deadline.ts";
import { parseLsn } from "../../domain/lsn.ts";
import type { Role } from "../../domain/role.ts";
import { type ReportSource, ReportSourceError } from "../../report/source.ts";
import { printable } from "../../report/styled_text/display_width.ts";
import { EXIT_UNKNOWN, type Invocation } from "../command.ts";
import { lookOnce } from "./look_once.ts";
import { openReportSource } from "./report_source.ts";
import { judgeWait } from "./wait_goal.ts";
import type { WaitGoal, WaitState } from "./wait_state.ts";

/** Roles that can be waited for. */
export const WAIT_ROLES: readonly Role[] = ["primary", "standby"];

const DEFAULT_TIMEOUT_SECONDS = 60;
const LONGEST_TIMEOUT_SECONDS = 7 * 24 * 3600;

/** Pause between two looks, seconds; data is about a second old at most. */
const POLL_SECONDS = 0.5;

/** What the flags of `wait` say. */
export interface WaitFlags {
  /** What it waits for. */
  readonly goal: WaitGoal;
  /** How long, seconds. */
  readonly timeoutSeconds: number;
}

/**
 * `wait NAME`: waits until a server or a subscription has caught up, has little lag, has reached a position or has a role.
 *
 * @returns 0 when reached, 1 when the time is over before, 3 when it is unknown by then or a signal stopped the wait.
 * @throws {ConfigError} When the command line or the configuration cannot be used.
 */
export async function wait(invocation: Invocation): Promise<number> {
  const { context, operands: [name = ""] } = invocation;
  const { goal, timeoutSeconds } = readWaitFlags(invocation);
  const last = await lookOnce(invocation, {
    sampleSeconds: 0,
    look: async ({ signal, show, quiet }) => {
      const source = await openReportSource(quiet, { sampleSeconds: 0 });
      try {
        return await waitOn(source, { name, goal, timeoutSeconds, clock: context.clock, signal, show });
      } finally {
        await source.close();
      }
    },
  });
  if (last === null) return EXIT_UNKNOWN;
  if (last.isReached === true) {
    context.writeStdout(`${last.text}\n`);
    return 0;
  }
  context.writeStderr(`Not reached within ${formatDuration(timeoutSeconds)}: ${printable(last.text)}\n`);
  return last.isReached === null ? EXIT_UNKNOWN : 1;
}

/** How {@linkcode waitOn} waits. */
export interface GoalWaitOptions extends WaitFlags {
  /** The server. */
  readonly name: string;
  /** Measures the time. */
  readonly clock: Clock;
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** Shows progress. */
  readonly show: (text: string) => void;
}

/**
 * Looks again and again until a goal is reached or the time is over.
 *
 * @param source Reports; while it has none, the state is unknown.
 * @param options What to wait for, and how long.
 * @returns The last state.
 * @throws The reason of `signal`.
 */
export async function waitOn(source: ReportSource, options: GoalWaitOptions): Promise<WaitState> {
  const { timeoutSeconds, clock, signal, show } = options;
  const startedAt = clock.monotonic();
  using deadline = startDeadline(timeoutSeconds, { clock, outer: signal });
  let last: WaitState = { isReached: null, text: `No report from ${source.name}` };
  try {
    for (;;) {
      const waitedSeconds = clock.monotonic() - startedAt;
      last = await look(source, { ...options, signal: deadline.signal, waitedSeconds });
      if (last.isReached === true) return last;
      show(`Waiting (${(clock.monotonic() - startedAt).toFixed(0)} s): ${last.text}`);
      await clock.sleep(POLL_SECONDS, deadline.signal);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!deadline.signal.aborted) throw error;
    return last;
  }
}

async function look(
  source: ReportSource,
  { signal, ...options }: GoalWaitOptions & { readonly waitedSeconds: number },
): Promise<WaitState> {
  try {
    return judgeWait(await source.read(signal), options);
  } catch (error) {
    if (!(error instanceof ReportSourceError)) throw error;
    return { isReached: null, text: error.message };
  }
}

/**
 * Reads the flags of `wait`.
 *
 * @throws {ConfigError} With every problem found.
 */
export function readWaitFlags({ option, isOn }: Pick<Invocation, "option" | "isOn">): WaitFlags {
  const problems: string[] = [];
  const read = <T>(name: string, parse: (text: string) => T): T | null => {
    const text = option(name);
    if (text === undefined) return null;
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      problems.push(`Flag "--${name}": ${error.message}`);
      return null;
    }
  };
  const goal: WaitGoal = {
    isCaughtUp: isOn("caught-up"),
    maxLagSeconds: read("lag", parseDuration),
    position: read("lsn", parseLsn),
    role: read("role", parseRole),
  };
  const timeoutSeconds = read("timeout", durationBetween(1, LONGEST_TIMEOUT_SECONDS));
  const isEmpty = Object.values(goal).every((part) => part === null || part === false);
  if (isEmpty && problems.length === 0) {
    problems.push('"wait" needs a condition: --caught-up, --lag=5s, --lsn=0/3000148 or --role=primary');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { goal, timeoutSeconds: timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS };
}

function parseRole(text: string): Role {
  const role = WAIT_ROLES.find((each) => each === text);
  if (role !== undefined) return role;
  throw new SyntaxError(`Unknown role "${text}": expected ${WAIT_ROLES.join(" or ")}`);
}
