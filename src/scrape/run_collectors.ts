import type { CollectContext, Collector, StatementLimits } from "../collectors/collector.ts";
import type { Clock } from "../domain/clock.ts";
import type { CollectorName, Facts, FactsByCollector } from "../domain/facts.ts";
import type { CollectorRun } from "../domain/view.ts";
import { errorMessage } from "../domain/thrown.ts";
import type { PermittedOptions, PermittedRows } from "./permitted_query.ts";

/** Context of a collector; statements may return partial results. */
export interface PermittedContext extends Omit<CollectContext, "query"> {
  /** Sends a statement, see {@linkcode queryPermitted}. */
  query(
    sql: string,
    limits: StatementLimits & Pick<PermittedOptions, "needs">,
  ): Promise<PermittedRows>;
}

/** How one collector ended, with its facts when it succeeded. */
export interface CollectorResult {
  /** Outcome and duration. */
  readonly run: CollectorRun;
  /** When it started, our monotonic seconds. */
  readonly startedAt: number;
  /** Its facts under its name; empty when it failed. */
  readonly facts: Facts;
  /** The error it threw; null when it succeeded. */
  readonly error: unknown;
}

/**
 * Runs collectors concurrently over one session. All are started before any answer is awaited, so their statements
 * travel in one round trip; each takes its facts as they are decoded and succeeds or fails as a whole.
 *
 * @param collectors Which, in the order in which their statements are sent.
 * @param options `context` of the server; `clock` for durations.
 * @yields One result per collector, in the order in which they end.
 */
export async function* runCollectors(
  collectors: readonly Collector[],
  options: { readonly context: PermittedContext; readonly clock: Clock },
): AsyncGenerator<CollectorResult> {
  const ended: CollectorResult[] = [];
  let wake = () => {};
  for (const collector of collectors) {
    runCollector(collector, options).then((result) => {
      ended.push(result);
      wake();
    });
  }
  for (let left = collectors.length; left > 0;) {
    if (ended.length === 0) await new Promise<void>((resolve) => wake = resolve);
    for (const result of ended.splice(0)) {
      left -= 1;
      yield result;
    }
  }
}

async function runCollector<K extends CollectorName>(
  collector: Collector<K>,
  { context, clock }: { readonly context: PermittedContext; readonly clock: Clock },
): Promise<CollectorResult> {
  const startedAt = clock.monotonic();
  const endRun = (outcome: CollectorRun["outcome"], reason = ""): CollectorRun => (
    { collector: collector.name, outcome, reason, durationSeconds: clock.monotonic() - startedAt }
  );
  try {
    const rows: FactsByCollector[K][] = [];
    let unknown = "";
    const query: CollectContext["query"] = async (sql, limits) => {
      const permitted = await context.query(sql, { ...limits, needs: collector.needs });
      unknown = permitted.unknown;
      return permitted.rows;
    };
    for await (const fact of collector.collect({ ...context, query })) rows.push(fact);
    // The compiler cannot follow that K's key takes K's rows; the contract of Collector<K> promises it.
    const facts: Facts = Object.assign({}, { [collector.name]: rows });
    return {
      run: endRun(rows.length === 0 ? "empty" : "ok", unknown),
      startedAt,
      facts,
      error: null,
    };
  } catch (error) {
    const reason = errorMessage(error);
    return { run: endRun("failed", reason), startedAt, facts: {}, error };
  }
}
