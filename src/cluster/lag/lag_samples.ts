/**
 * What the lag of every standby and subscription was, second by second: a scrape every 15 s sees one of fifteen values.
 *
 * Nothing of it is kept over a restart. A counter that continued from a state file that is older than the last scrape would
 * have gone back, and Prometheus would count all of it again; from 0 it counts on correctly.
 *
 * @module
 */
import { LAG_BOUNDS_SECONDS, type LagHour, type LagSamples } from "../../domain/lag.ts";
import { seriesKey } from "../../domain/standby.ts";
import { subscriptionSamplesKey } from "../../domain/subscription.ts";
import type { View } from "../../domain/view.ts";

const MINUTES = 60;
const HOUR_KINDS = ["within", "beyond", "unknown"] as const;
type HourKind = typeof HOUR_KINDS[number];

/** What is needed besides the view. */
export interface LagSampling {
  /** Lag above which a standby is a warning, seconds. */
  readonly warningLagSeconds: number;
  /** Now: Unix seconds. */
  readonly unixSeconds: number;
}

/** What is counted of a moment. */
export interface SampledLags extends Pick<View, "at"> {
  /** Servers with their lags. */
  readonly servers: readonly Pick<View["servers"][number], "cluster" | "server" | "lag" | "facts">[];
  /** Standbys. */
  readonly standbys: readonly Pick<View["standbys"][number], "cluster" | "name" | "configured" | "lag">[];
  /** Subscriptions. */
  readonly subscriptions: View["subscriptions"];
}

/** Counts the lag of each standby and subscription; each sample takes the same short time. */
export class LagSampler {
  #followers: ReadonlyMap<string, SampledFollower> = new Map();

  /** What was counted, by {@linkcode seriesKey} or {@linkcode subscriptionSamplesKey}; it counts on. */
  get all(): ReadonlyMap<string, LagSamples> {
    return this.#followers;
  }

  /**
   * Counts the lags of one moment. Who is not there is forgotten.
   *
   * @param view Every server with its lag, every standby, every subscription.
   * @param sampling The threshold, and the wall clock.
   */
  record(
    view: SampledLags,
    sampling: LagSampling,
  ): void {
    const followers = new Map<string, SampledFollower>();
    const count = (key: string, seconds: number | null, delay: number) => {
      const follower = this.#followers.get(key) ?? new SampledFollower(sampling.unixSeconds);
      follower.count(seconds);
      follower.hour(sampling.warningLagSeconds).count(hourKindOf(seconds, delay, sampling), view.at);
      followers.set(key, follower);
    };
    for (const { cluster, server, lag, facts } of view.servers) {
      if (lag === null) continue;
      const delay = facts.recovery?.[0]?.applyDelaySeconds ?? 0;
      count(seriesKey({ cluster, name: server }), lag.seconds, delay);
    }
    for (const standby of view.standbys) {
      if (!standby.configured) count(seriesKey(standby), standby.lag.seconds, 0);
    }
    for (const each of view.subscriptions) count(subscriptionSamplesKey(each), each.lag.seconds, 0);
    this.#followers = followers;
  }
}

/** As the report judges a standby: a delay on purpose does not count. */
function hourKindOf(seconds: number | null, delay: number, { warningLagSeconds }: LagSampling): HourKind {
  if (seconds === null) return "unknown";
  return seconds - delay > warningLagSeconds ? "beyond" : "within";
}

class SampledFollower implements LagSamples {
  readonly counts: number[] = Array.from({ length: LAG_BOUNDS_SECONDS.length + 1 }, () => 0);
  sum = 0;
  unknown = 0;
  readonly createdUnixSeconds: number;
  #hour = new MovingHour(NaN);

  constructor(createdUnixSeconds: number) {
    this.createdUnixSeconds = createdUnixSeconds;
  }

  get lastHour(): LagHour {
    return this.#hour;
  }

  count(seconds: number | null): void {
    if (seconds === null) {
      this.unknown++;
      return;
    }
    let bucket = 0;
    while (seconds > (LAG_BOUNDS_SECONDS[bucket] ?? Infinity)) bucket++;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += seconds;
  }

  /** The last hour; another threshold begins another one, because what was counted cannot be judged again. */
  hour(warningLagSeconds: number): MovingHour {
    if (this.#hour.warningLagSeconds !== warningLagSeconds) this.#hour = new MovingHour(warningLagSeconds);
    return this.#hour;
  }
}

/** Counts of the last sixty minutes, the current one included. */
class MovingHour implements LagHour {
  within = 0;
  beyond = 0;
  unknown = 0;
  readonly warningLagSeconds: number;
  /** The counts of each minute, those of one kind together. */
  readonly #counts = new Uint16Array(MINUTES * HOUR_KINDS.length);
  #minute = -Infinity;

  constructor(warningLagSeconds: number) {
    this.warningLagSeconds = warningLagSeconds;
  }

  count(kind: HourKind, at: number): void {
    const minute = Math.floor(at / 60);
    const from = Math.max(this.#minute, minute - MINUTES);
    for (let passed = from + 1; passed <= minute; passed++) {
      for (const each of HOUR_KINDS) {
        const slot = minuteSlot(each, passed);
        this[each] -= this.#counts[slot] ?? 0;
        this.#counts[slot] = 0;
      }
    }
    this.#minute = Math.max(this.#minute, minute);
    const slot = minuteSlot(kind, this.#minute);
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    this[kind]++;
  }
}

function minuteSlot(kind: HourKind, minute: number): number {
  // Moments from before this process are negative.
  return HOUR_KINDS.indexOf(kind) * MINUTES + (minute % MINUTES + MINUTES) % MINUTES;
}
