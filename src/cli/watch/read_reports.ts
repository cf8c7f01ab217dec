import type { Clock } from "../../domain/clock.ts";
import type { Report } from "../../report/model.ts";
import type { ReportSource } from "../../report/source.ts";
import { startDeadline } from "../../domain/deadline.ts";
import { errorMessage } from "../../domain/thrown.ts";
import type { SourceTrouble } from "../../report/terminal/state.ts";

/** Deadline for one report, seconds; the first one needs time to sample positions. */
const READ_SECONDS = 10;

/** A report, or the error instead of one. */
export type ReportReading =
  | { readonly type: "report"; readonly report: Report }
  | { readonly type: "trouble"; readonly trouble: SourceTrouble };

/** When to read reports. */
export interface ReportSchedule {
  /** Time. */
  readonly clock: Clock;
  /** Time from one report to the next, seconds. */
  readonly intervalSeconds: number;
  /** Number of reports; null for no limit. */
  readonly count: number | null;
  /** Stops reading. */
  readonly signal: AbortSignal;
}

/** Reads reports at an interval; after an error it tries again at the next interval. */
export async function* readReports(
  source: ReportSource,
  options: ReportSchedule,
): AsyncGenerator<ReportReading> {
  const { clock, intervalSeconds, count, signal } = options;
  let since = clock.wall();
  let due = clock.monotonic();
  for (let turn = 0; count === null || turn < count; turn++) {
    if (turn > 0) await clock.sleep(due - clock.monotonic(), signal).catch(() => {});
    if (signal.aborted) return;
    due += intervalSeconds;
    const reading = await readOnce(source, { clock, signal });
    if (signal.aborted) return;
    // Intervals missed meanwhile are skipped, not caught up.
    if (clock.monotonic() > due) due = clock.monotonic() + intervalSeconds;
    if (typeof reading !== "string") since = clock.wall();
    yield typeof reading === "string"
      ? { type: "trouble", trouble: { message: reading, since } }
      : { type: "report", report: reading };
  }
}

/** The report, or the error message. */
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
      return `no response within ${READ_SECONDS} s: check that it is running and not overloaded`;
    }
    return errorMessage(error);
  } finally {
    deadline.signal.removeEventListener("abort", onAbort);
  }
}
