import { formatTableName, parseTableName } from "../domain/table_name.ts";
import type { ConsistencyConfig } from "./config.ts";
import type { SettingReader } from "./settings.ts";
import { formatDuration, parseDuration } from "./units.ts";

/** What is compared, and how gently, unless it is set otherwise. */
export const DEFAULT_CONSISTENCY: ConsistencyConfig = {
  tables: ["public.test_data"],
  isDefaultTable: true,
  intervalSeconds: 300,
  statementTimeoutSeconds: 5,
  maxRows: 1_000_000,
  maxDurationSeconds: 60,
  maxLagSeconds: 30,
};

/** Bounds of the durations, seconds; the interval may also be 0. */
const BOUNDS = {
  interval: { least: 1, most: 7 * 86_400 },
  timeout: { least: 0.1, most: 600 },
  duration: { least: 0.1, most: 3600 },
  lag: { least: 0, most: 86_400 },
};

/**
 * Reads the settings of the consistency check.
 *
 * @param reader Where settings are; what is wrong with them is noted there.
 * @returns The settings; null when the check is off (`--consistency.interval=0`).
 */
export function readConsistency(reader: SettingReader): ConsistencyConfig | null {
  const duration = (
    name: string,
    { least, most, fallback }: { readonly least: number; readonly most: number; readonly fallback: number },
  ) =>
    reader.read(name, {
      parse: (text) => {
        const seconds = parseDuration(text);
        if (seconds >= least && seconds <= most) return seconds;
        throw new RangeError(
          `Duration is ${text}, expected from ${formatDuration(least)} to ${formatDuration(most)}`,
        );
      },
      fallback,
    });
  const preset = DEFAULT_CONSISTENCY;
  const intervalSeconds = reader.read("consistency.interval", {
    parse: parseInterval,
    fallback: preset.intervalSeconds,
  });
  const config = {
    ...readTables(reader),
    intervalSeconds,
    statementTimeoutSeconds: duration("consistency.statement-timeout", {
      ...BOUNDS.timeout,
      fallback: preset.statementTimeoutSeconds,
    }),
    maxRows: reader.read("consistency.max-rows", { parse: parseRows, fallback: preset.maxRows }),
    maxDurationSeconds: duration("consistency.max-duration", {
      ...BOUNDS.duration,
      fallback: preset.maxDurationSeconds,
    }),
    maxLagSeconds: duration("consistency.max-lag", { ...BOUNDS.lag, fallback: preset.maxLagSeconds }),
  };
  return intervalSeconds === 0 ? null : config;
}

function parseInterval(text: string): number {
  const { least, most } = BOUNDS.interval;
  const seconds = parseDuration(text);
  if (seconds === 0 || (seconds >= least && seconds <= most)) return seconds;
  throw new RangeError(
    `Duration is ${text}, expected 0 (no check) or from ${formatDuration(least)} to ${formatDuration(most)}`,
  );
}

function parseRows(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new SyntaxError(`Cannot parse count "${text}": expected a whole number of rows, at least 1`);
}

function readTables(reader: SettingReader): Pick<ConsistencyConfig, "tables" | "isDefaultTable"> {
  const setting = reader.get("consistency.table");
  if (setting === undefined || setting.origin === "default") {
    return { tables: DEFAULT_CONSISTENCY.tables, isDefaultTable: true };
  }
  const tables = setting.values.flatMap((text) =>
    reader.attemptSetting({ ...setting, values: [text] }, () => formatTableName(parseTableName(text))) ?? []
  );
  return { tables: [...new Set(tables)], isDefaultTable: false };
}
