/**
 * A cluster with its true lag, the exporter that monitors it, and samples of both at the same moments.
 *
 * @module
 */
import type { Server } from "../../compose/lab/server.ts";
import type { Cluster } from "../../compose/lab/topology.ts";
import type { Family } from "../../src/metrics/family.ts";
import { valueOf, watchCluster, type Watching, type WatchingOptions } from "../live/watching.ts";
import { Markers, now, type Span, Witness } from "./markers.ts";
import { Pace, ServerProbe } from "./pace.ts";
import type { Moment } from "./score.ts";
import { type Formula, UsualFormulas, type UsualWords } from "./usual.ts";

/** True and reported lag of one standby at one moment. */
export interface Sample {
  /** The standby. */
  readonly standby: string;
  /** Our monotonic seconds, at the beginning of the reading. */
  readonly since: number;
  /** Our monotonic seconds, at the end of the reading. */
  readonly at: number;
  /** Minimum and maximum true lag, seconds. */
  readonly truth: Span;
  /** The same at the end of the reading. */
  readonly truthAtEnd: Span;
  /** `pgrepl_standby_lag_seconds`; null without a sample. */
  readonly ours: number | null;
  /** Why there is no sample; null when there is one. */
  readonly unknown: string | null;
  /** The same from an exporter with only the primary; null without a sample, or without such an exporter. */
  readonly fromPrimary: number | null;
  /** Bytes behind, as published; null without a sample. */
  readonly bytes: number | null;
  /** Published reason of the lag; null without one. */
  readonly reason: string | null;
  /** Common formulas; null when they were not queried. */
  readonly usual: UsualWords | null;
  /** All families of the scrape. */
  readonly families: readonly Family[];
}

/** Options of a stage. */
export interface StageOptions extends WatchingOptions {
  /** Seconds from one sample to the next. */
  readonly periodSeconds?: number;
  /** Whether to query the usual formulas too. */
  readonly usual?: boolean;
  /** Whether to run a second exporter with only the primary configured. */
  readonly withPrimaryAlone?: boolean;
}

/** A cluster monitored by the real service, and by the witness that measures the true lag. */
export class Stage implements AsyncDisposable {
  /** The cluster. */
  readonly cluster: Cluster;
  /** The numbered rows. */
  readonly markers: Markers;
  /** The reader of the rows. */
  readonly witness: Witness;
  /** The exporter. */
  readonly watching: Watching;
  /** Delays caused by the machine. */
  readonly pace: Pace;
  /** Standbys that are sampled. */
  standbys: readonly Server[];
  /** All samples so far. */
  readonly samples: Sample[] = [];
  readonly #primaryAlone: Watching | null;
  readonly #usual: UsualFormulas | null;
  readonly #periodSeconds: number;
  #next = 0;

  private constructor(cluster: Cluster, markers: Markers, options: StageOptions) {
    this.cluster = cluster;
    this.markers = markers;
    this.witness = new Witness(markers);
    this.watching = watchCluster(cluster, options);
    this.pace = new Pace(new ServerProbe(() => this.cluster.primary));
    this.#primaryAlone = options.withPrimaryAlone
      ? watchCluster(cluster, { ...options, only: [cluster.primary.name] })
      : null;
    this.standbys = cluster.standbys;
    this.#usual = options.usual ? new UsualFormulas() : null;
    this.#periodSeconds = options.periodSeconds ?? 0.5;
  }

  /** Starts monitoring; writes nothing yet. */
  static async open(cluster: Cluster, options: StageOptions = {}): Promise<Stage> {
    const markers = await Markers.create(cluster.primary);
    await markers.write();
    await markers.untilVisible(cluster.standbys);
    return new Stage(cluster, markers, options);
  }

  /** Takes one sample of every standby, when it is due. */
  async sample(): Promise<readonly Sample[]> {
    const wait = this.#next - now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    this.#next = Math.max(this.#next, now()) + this.#periodSeconds;
    const { standbys } = this;
    const before = await Promise.all(standbys.map((standby) => this.witness.look(standby)));
    const [families, alone, usual] = await Promise.all([
      this.watching.service.scrape(),
      this.#primaryAlone?.service.scrape(),
      this.#usual?.ask(standbys, this.cluster.primary),
    ]);
    const after = await Promise.all(standbys.map((standby) => this.witness.look(standby)));
    const samples = standbys.flatMap((standby, index): Sample[] => {
      const [first, last] = [before[index], after[index]];
      if (first === undefined || last === undefined) return [];
      return [{
        standby: standby.name,
        since: first.during.from,
        at: last.during.to,
        truth: this.witness.lagBetween(first, last),
        truthAtEnd: this.witness.lagBetween(last, last),
        ours: valueOf(families, "pgrepl_standby_lag_seconds", { instance: standby.name }) ?? null,
        unknown: labelOf(families, { family: "pgrepl_standby_lag_unknown", label: "reason" }, standby.name),
        fromPrimary: valueOf(alone ?? [], "pgrepl_standby_lag_seconds", { instance: standby.name }) ?? null,
        bytes: valueOf(families, "pgrepl_standby_lag_bytes", { instance: standby.name }) ?? null,
        reason: labelOf(families, { family: "pgrepl_standby_reason", label: "reason" }, standby.name),
        usual: usual?.get(standby.name) ?? null,
        families,
      }];
    });
    this.samples.push(...samples);
    return samples;
  }

  /**
   * Samples for some seconds, longer where the machine delays the exporter, and once more after that. PostgreSQL's own
   * timeouts are not slower on a slow machine, so the time is not extended by more than these delays.
   *
   * @param seconds How long.
   * @param since Start of the time, in our monotonic seconds; now when not given.
   */
  async sampleFor(seconds: number, since = now()): Promise<void> {
    const delay = () => this.pace.delayAround({ from: since, to: now() }, 0);
    while (now() - since < seconds + delay()) await this.sample();
    await this.sample();
  }

  /**
   * Samples until a condition holds for the newest samples.
   *
   * @param what Name of the condition.
   * @param holds The condition.
   * @param seconds Timeout, in seconds of a machine that keeps up.
   * @returns How long it took, seconds.
   * @throws {Error} On timeout, with the newest samples.
   */
  async sampleUntil(
    what: string,
    holds: (samples: readonly Sample[]) => boolean,
    seconds: number,
  ): Promise<number> {
    const startedAt = now();
    while (true) {
      const samples = await this.sample();
      if (holds(samples)) return now() - startedAt;
      if (this.pace.fairIn({ from: startedAt, to: now() }) > seconds) {
        throw new Error(
          `Gave up waiting for ${what} after ${seconds} s: ${samples.map(describe).join("; ")}`,
        );
      }
    }
  }

  /** Reported lag of a standby since a moment, by ours or by a formula. */
  momentsOf(standby: string, said: "ours" | Formula, since = 0): readonly Moment[] {
    return this.samples.filter((each) => each.standby === standby && each.at >= since).map((each) => ({
      at: each.at,
      truth: each.truth,
      said: said === "ours" ? each.ours : each.usual?.[said] ?? null,
    }));
  }

  /** Stops monitoring and writing; the cluster keeps running. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.pace[Symbol.asyncDispose]();
    await this.watching[Symbol.asyncDispose]();
    await this.#primaryAlone?.[Symbol.asyncDispose]();
    await this.markers[Symbol.asyncDispose]();
    await this.witness[Symbol.asyncDispose]();
    await this.#usual?.[Symbol.asyncDispose]();
  }
}

/** A sample as text. */
export function describe({ standby, truth, ours, unknown, bytes, reason }: Sample): string {
  const said = ours === null ? `unknown (${unknown})` : `${ours.toFixed(2)} s, ${bytes} bytes, ${reason}`;
  return `${standby}: ${said}; in truth ${truth.from.toFixed(2)} to ${truth.to.toFixed(2)} s`;
}

/** The state with value 1 of a family with one series per state; null when none has. */
export function labelOf(
  families: readonly Family[],
  { family, label }: { readonly family: string; readonly label: string },
  instance: string,
): string | null {
  const samples = families.find(({ name }) => name === family)?.samples ?? [];
  const [one, ...more] = samples.filter(({ labels, value }) =>
    labels["instance"] === instance && value === 1
  );
  if (more.length > 0) throw new Error(`More than one state of ${family} is 1 for ${instance}`);
  return one?.labels[label] ?? null;
}

/** Whether every standby has all rows and is reported as caught up. */
export function allCaughtUp(samples: readonly Sample[]): boolean {
  return samples.every(({ ours, truthAtEnd }) => ours !== null && ours < 1 && truthAtEnd.from < 1);
}

/**
 * The range of the true lag of a sample for an observer that is no faster than the machine: its readings are delayed by
 * the machine around the two moments that matter, the start of the lag and the sample.
 *
 * @param sample The sample.
 * @param pace What was lost.
 * @param everySeconds How often it reads.
 */
export function fairTruth(
  { truth, since, at }: Pick<Sample, "truth" | "since" | "at">,
  pace: Pace,
  everySeconds = 1,
): Span {
  if (truth.to === 0) {
    return { from: 0, to: pace.delayAround({ from: since, to: at }, everySeconds) };
  }
  const delay = pace.delayAround({ from: at - truth.to, to: since - truth.from }, everySeconds) +
    pace.delayAround({ from: since, to: at }, everySeconds);
  return { from: Math.max(0, truth.from - delay), to: truth.to + delay };
}
