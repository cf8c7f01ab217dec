import type { Collector } from "../collectors/collector.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import type { Logger } from "../domain/log.ts";
import type { BuildInfo } from "./self_metrics.ts";
import type { StateFile } from "./state_file.ts";

/** What the service needs. */
export interface ServiceOptions {
  /** The configuration. */
  readonly config: Config;
  /** Every collector; the configuration enables some. */
  readonly collectors: readonly Collector[];
  /** Time. */
  readonly clock: Clock;
  /** A number in [0, 1), for jitter. */
  readonly random: () => number;
  /** Log of changes of state. */
  readonly logger: Logger;
  /** Version and revision of this program. */
  readonly build: BuildInfo;
  /** Reads certificate files. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Whether servers without a cluster name that share an identifier are one cluster; true when absent. */
  readonly isUnnamedOneCluster?: boolean;
  /** Keeps the lag clock's history over a restart; absent when nothing does. */
  readonly stateFile?: StateFile;
}
