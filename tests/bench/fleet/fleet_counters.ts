/** What the simulator counts. */
import type { SimSession } from "./sim_session.ts";

/** A sample that comes this much later than it is due after the one before is late, seconds. */
const LATE_SECONDS = 0.5;

/** A standby that reports to its primary that it keeps up is asked itself after so many intervals. */
const STANDBY_INTERVALS = 3;

/** Counts since they were last reset. */
export interface FleetCounts {
  /** Times that a healthy primary was asked for its position. */
  readonly primarySamples: number;
  /** Of these, those that were late. */
  readonly latePrimarySamples: number;
  /** The same of standbys. */
  readonly standbySamples: number;
  /** The same of standbys. */
  readonly lateStandbySamples: number;
  /** The longest time between two samples of a healthy primary, seconds. */
  readonly longestGapSeconds: number;
  /** Connections opened. */
  readonly connections: number;
  /** Most logins at a time. */
  readonly mostLogins: number;
  /** Most sessions of one server at a time. */
  readonly mostSessions: number;
  /** Longest time that the simulator itself was busy with something else, seconds. */
  readonly ownDelaySeconds: number;
  /** Statements without an answer. */
  readonly unknown: readonly string[];
  /** Healthy servers with a session now. */
  readonly connected: number;
}

/** Counts. */
export class FleetCounters {
  readonly #intervalSeconds: number;
  #logins = 0;
  #unknown = new Set<string>();
  #counts = zero();

  /** Samples are due at this interval, seconds. */
  constructor(intervalSeconds: number) {
    this.#intervalSeconds = intervalSeconds;
  }

  /** A connection was opened. */
  opened(): void {
    this.#logins += 1;
    this.#counts.connections += 1;
    this.#counts.mostLogins = Math.max(this.#counts.mostLogins, this.#logins);
  }

  /** A healthy server has this many sessions. */
  seen(sessions: number): void {
    this.#counts.mostSessions = Math.max(this.#counts.mostSessions, sessions);
  }

  /** A login ended, successful or not. */
  loginEnded(): void {
    this.#logins -= 1;
  }

  /** A healthy server was asked for its position. */
  asked(
    session: SimSession,
    { isPrimary, now }: { readonly isPrimary: boolean; readonly now: number },
  ): void {
    const gap = session.askedAt === null ? 0 : now - session.askedAt;
    session.askedAt = now;
    const counts = this.#counts;
    const isLate = gap > this.#intervalSeconds * (isPrimary ? 1 : STANDBY_INTERVALS) + LATE_SECONDS;
    if (isPrimary) {
      counts.longestGapSeconds = Math.max(counts.longestGapSeconds, gap);
      counts.primarySamples += 1;
      if (isLate) counts.latePrimarySamples += 1;
    } else {
      counts.standbySamples += 1;
      if (isLate) counts.lateStandbySamples += 1;
    }
  }

  /** The simulator itself was late by this much, seconds. */
  delayed(seconds: number): void {
    this.#counts.ownDelaySeconds = Math.max(this.#counts.ownDelaySeconds, seconds);
  }

  /** A statement has no answer. */
  unknown(message: string): void {
    this.#unknown.add(message);
  }

  /** The counts; `connected`: healthy servers with a session now. */
  counts({ connected }: Pick<FleetCounts, "connected">): FleetCounts {
    return { ...this.#counts, unknown: [...this.#unknown], connected };
  }

  /** Counts from now on. */
  reset(): void {
    this.#counts = { ...zero(), mostLogins: this.#logins };
  }
}

function zero() {
  return {
    primarySamples: 0,
    latePrimarySamples: 0,
    standbySamples: 0,
    lateStandbySamples: 0,
    longestGapSeconds: 0,
    connections: 0,
    mostLogins: 0,
    mostSessions: 0,
    ownDelaySeconds: 0,
  };
}
