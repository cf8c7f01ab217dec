import { formatTableName, parseTableName } from "../domain/table_name.ts";
import type { ConsistencyConfig } from "./config.ts";
import type { SettingReader } from "./settings.ts";
import { formatDuration, parseDuration } from "./units.ts";

/** The settings when none are given. */
export const DEFAULT_CONSISTENCY: ConsistencyConfig = {
  tables: ["public.test_data"],
  isDefaultTable: true,
  intervalSeconds: 300,
  statementTimeoutSeconds: 5,
  maxRows: 1_000_000,
  maxDurationSeconds: 60,
  maxLagSeconds: 30,
};

/**
 * Reads the settings of the consistency check.
 *
 * @param reader Reads the settings and notes what is wrong with them.
 * @returns The settings; null when the check is off (`--consistency.interval=0`).
 */
export function readConsistency(reader: SettingReader): ConsistencyConfig | null {
  const preset = DEFAULT_CONSISTENCY;
  const read = (name: string, parse: (text: string) => number, fallback: number) =>
    reader.read(`consistency.${name}`, { parse, fallback });
  const config = {
    intervalSeconds: read("interval", parseInterval, preset.intervalSeconds),
    ...readTables(reader),
    statementTimeoutSeconds: read("statement-timeout", parseWithin(0.1, 600), preset.statementTimeoutSeconds),
    maxRows: read("max-rows", parseRows, preset.maxRows),
    maxDurationSeconds: read("max-duration", parseWithin(0.1, 3600), preset.maxDurationSeconds),
    maxLagSeconds: read("max-lag", parseWithin(0, 86_400), preset.maxLagSeconds),
  };
  return config.intervalSeconds === 0 ? null : config;
}

/** Parses a duration of `least` to `most` seconds; `also` names another value in the error. */
function parseWithin(least: number, most: number, also = ""): (text: string) => number {
  return (text) => {
    const seconds = parseDuration(text);
    if (seconds >= least && seconds <= most) return seconds;
    throw new RangeError(
      `Duration is ${text}, expected ${also}from ${formatDuration(least)} to ${formatDuration(most)}`,
    );
  };
}

function parseInterval(text: string): number {
  return parseDuration(text) === 0 ? 0 : parseWithin(1, 7 * 86_400, "0 (no check) or ")(text);
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
