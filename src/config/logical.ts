import type { LogicalConfig } from "./config.ts";
import type { SettingReader } from "./settings.ts";
import { durationBetween } from "./units.ts";

/** Default interval between readings of a database, seconds. */
export const DEFAULT_DATABASES_INTERVAL_SECONDS = 300;

/** Reads the settings of logical replication. */
export function readLogical(reader: SettingReader): LogicalConfig {
  return {
    databasesIntervalSeconds: reader.read("logical.databases-interval", {
      parse: durationBetween(1, 7 * 86_400, { zero: "never" }),
      fallback: DEFAULT_DATABASES_INTERVAL_SECONDS,
    }),
  };
}
