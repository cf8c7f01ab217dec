import { ConfigError } from "../../config/config_error.ts";
import type { Config } from "../../config/config.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Logger } from "../../domain/log.ts";
import type { ReloadReport } from "../../web/management/api.ts";
import { errorMessage } from "../../domain/thrown.ts";

/** The status while the newest configuration is invalid. */
export const CONFIG_REJECTED = "The new configuration cannot be used; the previous one stays in effect";

/** The effect of a new configuration. */
export interface AppliedConfig {
  /** What changed, one phrase each. */
  readonly changes: readonly string[];
  /** Flags that take effect only after a restart. */
  readonly needsRestart: readonly string[];
}

/** What reloading needs. */
export interface ReloaderOptions {
  /** Reads the configuration. */
  readonly read: () => Promise<Config>;
  /** Puts a configuration into effect, all of it at once. */
  readonly apply: (config: Config) => Promise<AppliedConfig>;
  /** Called after each reload. */
  readonly onOutcome: (report: ReloadReport) => void;
  /** Time. */
  readonly clock: Clock;
  /** The log. */
  readonly logger: Logger;
}

/** Reloads the configuration on request, one reload at a time. */
export class Reloader {
  readonly #options: ReloaderOptions;
  #running: Promise<ReloadReport> | null = null;
  #waiting: Promise<ReloadReport> | null = null;
  #last: ReloadReport | null = null;

  /** Has not reloaded yet. */
  constructor(options: ReloaderOptions) {
    this.#options = options;
  }

  /** The latest reload; null before the first. */
  get last(): ReloadReport | null {
    return this.#last;
  }

  /** Reloads the configuration for `by`. All requests during a reload share the next one, which reads the files again. */
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
    logger.info("Reloading the configuration", { by });
    let problems: readonly string[] = [];
    let applied: AppliedConfig = { changes: [], needsRestart: [] };
    try {
      applied = await apply(await read());
    } catch (error) {
      problems = error instanceof ConfigError ? error.problems : [errorMessage(error)];
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
      logger.error(CONFIG_REJECTED, {
        by,
        problems: problems.join("; "),
      });
      return report;
    }
    logger.info("Configuration reloaded", { by, changes: report.changes.join("; ") || "none" });
    if (report.needs_restart.length > 0) {
      logger.warn("Some settings take effect only after a restart", {
        settings: report.needs_restart.join(", "),
      });
    }
    return report;
  }
}
