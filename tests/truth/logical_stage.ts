/**
 * A publisher and its subscriber with the true lag, the exporter that monitors both, and samples of all at the same moments.
 *
 * @module
 */
import { PUBLICATION, SUBSCRIPTION } from "../../compose/lab/app_database.ts";
import type { LogicalCluster } from "../../compose/lab/logical.ts";
import { until } from "../../compose/lab/until.ts";
import type { Family } from "../../src/metrics/family.ts";
import { valueOf, watchCluster, type Watching, type WatchingOptions } from "../live/watching.ts";
import { type LogicalFormula, LogicalFormulas, type LogicalWords } from "./logical_usual.ts";
import { Markers, now, type Span, Witness } from "./markers.ts";
import { Pace, ServerProbe } from "./pace.ts";
import type { Moment } from "./score.ts";
import { labelOf } from "./stage.ts";

/** The database that is published. */
const DATABASE = "app";

/** True and reported lag of the subscription at one moment. */
export interface LogicalSample {
  /** Our monotonic seconds, at the beginning of the reading. */
  readonly since: number;
  /** Our monotonic seconds, at the end of the reading. */
  readonly at: number;
  /** Minimum and maximum true lag, seconds. */
  readonly truth: Span;
  /** The same at the end of the reading. */
  readonly truthAtEnd: Span;
  /** `pgrepl_subscription_lag_seconds`; null without a sample. */
  readonly ours: number | null;
  /** Where that came from; null without a sample. */
  readonly source: string | null;
  /** Why there is no sample; null when there is one. */
  readonly unknown: string | null;
  /** Bytes to confirm, as published; null without a sample. */
  readonly bytes: number | null;
  /** The published reason; null without one. */
  readonly reason: string | null;
  /** What is found, of severity warning and worse: `check severity`, as often as it is found. */
  readonly findings: readonly string[];
  /** Common formulas; null when they were not queried. */
  readonly usual: LogicalWords | null;
  /** All families of the scrape. */
  readonly families: readonly Family[];
}

/** Options of a stage. */
export interface LogicalStageOptions extends WatchingOptions {
  /** Seconds from one sample to the next; 1 when not given. */
  readonly periodSeconds?: number;
  /** Whether to query the usual formulas too. */
  readonly usual?: boolean;
}

/** What a newly started exporter says. */
export type FirstWords = Pick<LogicalSample, "ours" | "unknown" | "reason" | "findings">;

/** A pair monitored by the real service, and by the witness that measures the true lag. */
export class LogicalStage implements AsyncDisposable {
  /** Publisher and subscriber. */
  readonly pair: LogicalCluster;
  /** The numbered rows, in a published table. */
  readonly markers: Markers;
  /** The reader of the rows on the subscriber. */
  readonly witness: Witness;
  /** Delays caused by the machine. */
  readonly pace: Pace;
  /** All samples so far. */
  readonly samples: LogicalSample[] = [];
  readonly #options: LogicalStageOptions;
  readonly #usual: LogicalFormulas | null;
  #watching: Watching;
  #next = 0;

  private constructor(pair: LogicalCluster, markers: Markers, options: LogicalStageOptions) {
    this.pair = pair;
    this.markers = markers;
    this.witness = new Witness(markers);
    this.#options = options;
    this.#watching = watchCluster(pair.publisher, options);
    this.pace = new Pace(new ServerProbe(() => pair.publisher.primary));
    this.#usual = options.usual ? new LogicalFormulas(pair) : null;
  }

  /** Publishes the rows and starts monitoring; writes nothing further yet. */
  static async open(pair: LogicalCluster, options: LogicalStageOptions = {}): Promise<LogicalStage> {
    const markers = await Markers.create(pair.publisher.primary, { database: DATABASE });
    await pair.subscribe("CREATE TABLE IF NOT EXISTS markers (id int PRIMARY KEY)");
    await pair.publish(`ALTER PUBLICATION ${PUBLICATION} ADD TABLE markers`);
    await pair.subscriberFaults.refresh();
    await markers.write();
    await markers.untilVisible([pair.subscriber]);
    await pair.untilCaughtUp();
    return new LogicalStage(pair, markers, options);
  }

  /** The exporter. */
  get watching(): Watching {
    return this.#watching;
  }

  /** Takes one sample, when it is due. */
  async sample(): Promise<LogicalSample> {
    const wait = this.#next - now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    this.#next = Math.max(this.#next, now()) + (this.#options.periodSeconds ?? 1);
    const { subscriber } = this.pair;
    const before = await this.witness.look(subscriber);
    const [families, usual] = await Promise.all([this.watching.service.scrape(), this.#usual?.ask()]);
    const after = await this.witness.look(subscriber);
    const sample: LogicalSample = {
      since: before.during.from,
      at: after.during.to,
      truth: this.witness.lagBetween(before, after),
      truthAtEnd: this.witness.lagBetween(after, after),
      ...saidOf(families),
      findings: findingsOf(families),
      usual: usual ?? null,
      families,
    };
    this.samples.push(sample);
    return sample;
  }

  /** Samples for some seconds, and once more after that. */
  async sampleFor(seconds: number): Promise<void> {
    const since = now();
    while (now() - since < seconds) await this.sample();
    await this.sample();
  }

  /**
   * Samples until a condition holds for the newest sample.
   *
   * @param what Name of the condition.
   * @param holds The condition.
   * @param seconds Timeout, in seconds of a machine that keeps up.
   */
  async sampleUntil(
    what: string,
    holds: (sample: LogicalSample) => boolean,
    seconds: number,
  ): Promise<void> {
    const startedAt = now();
    while (true) {
      const sample = await this.sample();
      if (holds(sample)) return;
      if (this.pace.fairIn({ from: startedAt, to: now() }) > seconds) {
        throw new Error(`Gave up waiting for ${what} after ${seconds} s: ${describeLogical(sample)}`);
      }
    }
  }

  /**
   * What an exporter says that was started just now, at its second collection.
   *
   * @param seconds For how long it may look, in seconds of a machine that keeps up.
   * @param holds What ends the look.
   */
  async firstWords(seconds: number, holds: (said: FirstWords) => boolean): Promise<FirstWords> {
    await using started = watchCluster(this.pair.publisher, this.#options);
    const { service } = started;
    const since = now();
    await service.scrape();
    while (true) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const families = await service.scrape();
      const said = { ...saidOf(families), findings: findingsOf(families) };
      if (holds(said) || this.pace.fairIn({ from: since, to: now() }) > seconds) return said;
    }
  }

  /** Reported lag since a moment, by ours or by a formula. */
  momentsOf(said: "ours" | LogicalFormula, since = 0): readonly Moment[] {
    return this.samples.filter(({ at }) => at >= since).map((each) => ({
      at: each.at,
      truth: each.truth,
      said: said === "ours" ? each.ours : each.usual?.[said] ?? null,
    }));
  }

  /** Waits until the subscriber shows every row, and pauses them. */
  async untilVisible(): Promise<void> {
    await this.markers.pause();
    const { subscriber } = this.pair;
    await until("all rows to be visible", async () => {
      return (await this.witness.look(subscriber)).visible >= this.markers.newest;
    });
  }

  /** Stops monitoring and writing; the servers keep running. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.pace[Symbol.asyncDispose]();
    await this.watching[Symbol.asyncDispose]();
    await this.markers[Symbol.asyncDispose]();
    await this.witness[Symbol.asyncDispose]();
    await this.#usual?.[Symbol.asyncDispose]();
  }
}

function saidOf(
  families: readonly Family[],
): Pick<LogicalSample, "ours" | "source" | "unknown" | "bytes" | "reason"> {
  const labels = { instance: "subscriber", subscription: SUBSCRIPTION };
  const own = families.map((family) => ({
    ...family,
    samples: family.samples.filter((each) =>
      each.labels["subscription"] === undefined || each.labels["subscription"] === SUBSCRIPTION
    ),
  }));
  const state = (family: string, label: string) => labelOf(own, { family, label }, "subscriber");
  return {
    ours: valueOf(families, "pgrepl_subscription_lag_seconds", labels) ?? null,
    source: state("pgrepl_subscription_lag_source", "source"),
    unknown: state("pgrepl_subscription_lag_unknown", "reason"),
    bytes: valueOf(families, "pgrepl_subscription_lag_bytes", { ...labels, stage: "confirmed" }) ?? null,
    reason: state("pgrepl_subscription_reason", "reason"),
  };
}

/** Findings of severity warning and worse; the lab's servers run without fsync. */
export function findingsOf(families: readonly Family[]): readonly string[] {
  const samples = families.find(({ name }) => name === "pgrepl_finding")?.samples ?? [];
  return samples.flatMap(({ labels: { check, severity }, value }) =>
    severity === "info" || check === "fsync_off" ? [] : Array<string>(value).fill(`${check} ${severity}`)
  ).toSorted();
}

/** A sample as text. */
export function describeLogical(sample: LogicalSample): string {
  const { truth, ours, source, unknown, bytes, reason, findings } = sample;
  const said = ours === null ? `unknown (${unknown})` : `${ours.toFixed(2)} s by ${source}, ${bytes} bytes`;
  return `${said}, ${reason}; in truth ${truth.from.toFixed(2)} to ${truth.to.toFixed(2)} s; ` +
    `found ${findings.join(", ") || "nothing"}`;
}

/** Whether it has all rows, is reported as caught up, and nothing is found. */
export function isWell({ ours, reason, truthAtEnd, findings }: LogicalSample): boolean {
  return ours !== null && ours < 1 && truthAtEnd.from < 1 && findings.length === 0 &&
    (reason === "streaming" || reason === "idle");
}
