import { ConfigError } from "../../config/config_error.ts";
import type { Config } from "../../config/config.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Logger } from "../../domain/log.ts";
import type { ReloadReport } from "../../web/management/api.ts";

/** What a new configuration has done. */
export interface Applied {
  /** What changed, one phrase each. */
  readonly changes: readonly string[];
  /** What changes only with a restart. */
  readonly needsRestart: readonly string[];
}

/** What reloading needs. */
export interface ReloaderOptions {
  /** Reads the configuration anew. */
  readonly read: () => Promise<Config>;
  /** Has a configuration take effect, all of it at one moment. */
  readonly apply: (config: Config) => Promise<Applied>;
  /** Told how each reload ended. */
  readonly onOutcome: (report: ReloadReport) => void;
  /** Time. */
  readonly clock: Clock;
  /** Where it is told. */
  readonly logger: Logger;
}

/** Reads the configuration anew when told to, one time after the other, however many ask. */
export class Reloader {
  readonly #options: ReloaderOptions;
  #running: Promise<ReloadReport> | null = null;
  #waiting: Promise<ReloadReport> | null = null;
  #last: ReloadReport | null = null;

  /** Has not reloaded yet. */
  constructor(options: ReloaderOptions) {
    this.#options = options;
  }

  /** How the latest reload ended; null before the first. */
  get last(): ReloadReport | null {
    return this.#last;
  }

  /**
   * Reads the configuration anew. Who asks while one is under way gets the one after it, which reads what is there then.
   *
   * @param by Who asks.
   */
  reload(by: string): Promise<ReloadReport> {
    if (this.#running === null) return this.#start(by);
    this.#waiting ??= this.#running.then(() => {
      this.#waiting = null;
      return this.#start(by);
    });
    return this.#waiting;
  }

  #start(by: string): Promise<ReloadReport> {
    const running = this.#reload(by).finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }

  async #reload(by: string): Promise<ReloadReport> {
    const { read, apply, clock, logger, onOutcome } = this.#options;
    const startedAt = clock.monotonic();
    logger.info("Reading the configuration anew", { by });
    let problems: readonly string[] = [];
    let applied: Applied = { changes: [], needsRestart: [] };
    try {
      applied = await apply(await read());
    } catch (error) {
      problems = error instanceof ConfigError
        ? error.problems
        : [error instanceof Error ? error.message : String(error)];
    }
    const report: ReloadReport = {
      successful: problems.length === 0,
      by,
      at: new Date(clock.wall() * 1000).toISOString(),
      duration_seconds: Math.round((clock.monotonic() - startedAt) * 1000) / 1000,
      problems,
      changes: applied.changes,
      needs_restart: applied.needsRestart,
    };
    this.#last = report;
    onOutcome(report);
    if (!report.successful) {
      logger.error("Cannot use the new configuration: the one before stays", {
        by,
        problems: problems.join("; "),
      });
      return report;
    }
    logger.info("The new configuration holds", { by, changes: report.changes.join("; ") || "none" });
    if (report.needs_restart.length > 0) {
      logger.warn("Part of the new configuration needs a restart", {
        settings: report.needs_restart.join(", "),
      });
    }
    return report;
  }
}
