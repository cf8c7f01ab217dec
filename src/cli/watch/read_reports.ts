import type { Clock } from "../../domain/clock.ts";
import type { Report } from "../../report/model.ts";
import type { ReportSource } from "../../report/source.ts";
import { startDeadline } from "../../domain/deadline.ts";
import type { SourceTrouble } from "../../report/terminal/state.ts";

/** How long one report may take, seconds; the first one needs time to sample. */
const READ_SECONDS = 10;

/** A report, or why there is none. */
export type Reading =
  | { readonly type: "report"; readonly report: Report }
  | { readonly type: "trouble"; readonly trouble: SourceTrouble };

/** How often to read, and until when. */
export interface ReadOptions {
  /** Time. */
  readonly clock: Clock;
  /** From one reading to the next, seconds. */
  readonly intervalSeconds: number;
  /** How many readings; null: until the signal. */
  readonly count: number | null;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Reads reports at an interval. A source that fails is asked again at the next turn.
 *
 * @param source Where from.
 * @param options How often and until when.
 */
export async function* readReports(source: ReportSource, options: ReadOptions): AsyncGenerator<Reading> {
  const { clock, intervalSeconds, count, signal } = options;
  let since = clock.wall();
  let due = clock.monotonic();
  for (let turn = 0; count === null || turn < count; turn++) {
    if (turn > 0) await clock.sleep(due - clock.monotonic(), signal).catch(() => {});
    if (signal.aborted) return;
    due += intervalSeconds;
    const reading = await readOnce(source, { clock, signal });
    if (signal.aborted) return;
    // Turns that were missed meanwhile are left out, not made up for.
    if (clock.monotonic() > due) due = clock.monotonic() + intervalSeconds;
    if (typeof reading !== "string") since = clock.wall();
    yield typeof reading === "string"
      ? { type: "trouble", trouble: { message: reading, since } }
      : { type: "report", report: reading };
  }
}

/** The report, or why there is none. */
async function readOnce(
  source: ReportSource,
  { clock, signal: outer }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Report | string> {
  using deadline = startDeadline(READ_SECONDS, { clock, outer });
  const { promise: passed, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(deadline.signal.reason);
  if (deadline.signal.aborted) onAbort();
  deadline.signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([source.read(deadline.signal), passed]);
  } catch (error) {
    if (deadline.signal.aborted && !outer.aborted) {
      return `no answer within ${READ_SECONDS} s: check that it runs and is not overloaded`;
    }
    return error instanceof Error ? error.message : String(error);
  } finally {
    deadline.signal.removeEventListener("abort", onAbort);
  }
}
