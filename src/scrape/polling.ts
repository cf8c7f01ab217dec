import type { ClusterTracker } from "../cluster/tracker.ts";
import type { Clock } from "../domain/clock.ts";
import { type PolledWatch, pollServer } from "./poll_server.ts";
import { ReportedStandbys } from "./reported_standbys.ts";
import type { Turns } from "./turns.ts";

/** What polling needs. */
export interface PollingOptions {
  /** Time. */
  readonly clock: Clock;
  /** Receives the samples. */
  readonly tracker: Pick<ClusterTracker, "sample" | "sampleStandby" | "fedBy" | "sampleReport">;
  /** Waits for all who are asked. */
  readonly turns: Pick<Turns, "ask">;
  /** Between two collections, seconds. */
  readonly intervalSeconds: () => number;
  /** Between two turns, seconds. */
  readonly turnSeconds: () => number;
  /** The watch of a server; undefined when it is no longer watched. */
  readonly watchOf: (server: string) => PolledWatch | undefined;
}

/** Gives servers their turns, see {@linkcode pollServer}. */
export class Polling {
  readonly #options: PollingOptions;
  readonly #reports: ReportedStandbys;

  /** Asks nobody yet. */
  constructor(options: PollingOptions) {
    this.#options = options;
    this.#reports = new ReportedStandbys(options.tracker);
  }

  /** One turn of a server. */
  turn(watch: PolledWatch): Promise<void> {
    const { clock, tracker, turns, watchOf } = this.#options;
    const [intervalSeconds, turnSeconds] = [this.#options.intervalSeconds(), this.#options.turnSeconds()];
    const ask = (standby: string) => {
      const asked = watchOf(standby);
      // Nobody but the turns waits for it: a standby that does not respond must not delay its primary's next turn.
      if (asked !== undefined) void this.turn(asked);
    };
    const reports = this.#reports;
    return turns.ask(pollServer(watch, { clock, intervalSeconds, turnSeconds, tracker, reports, ask }));
  }

  /** Forgets what was reported of a server. */
  forget(server: string): void {
    this.#reports.forget(server);
  }
}
