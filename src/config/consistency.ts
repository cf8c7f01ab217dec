import { formatTableName, parseTableName } from "../domain/table_name.ts";
import type { ConsistencyConfig } from "./config.ts";
import type { SettingReader } from "./settings.ts";
import { durationBetween } from "./units.ts";

/** Defaults of the consistency check. */
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
 * @param reader Has the settings; problems are added to it.
 * @returns The settings; null when the check is off (`--consistency.interval=0`).
 */
export function readConsistency(reader: SettingReader): ConsistencyConfig | null {
  const preset = DEFAULT_CONSISTENCY;
  const duration = (name: string, parse: (text: string) => number, fallback: number) =>
    reader.read(`consistency.${name}`, { parse, fallback });
  const config = {
    intervalSeconds: duration(
      "interval",
      durationBetween(1, 7 * 86_400, { zero: "no check" }),
      preset.intervalSeconds,
    ),
    ...readTables(reader),
    statementTimeoutSeconds: duration(
      "statement-timeout",
      durationBetween(0.1, 600),
      preset.statementTimeoutSeconds,
    ),
    maxRows: reader.read("consistency.max-rows", { parse: parseRows, fallback: preset.maxRows }),
    maxDurationSeconds: duration("max-duration", durationBetween(0.1, 3600), preset.maxDurationSeconds),
    maxLagSeconds: duration("max-lag", durationBetween(0, 86_400), preset.maxLagSeconds),
  };
  return config.intervalSeconds === 0 ? null : config;
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
  const tables = reader.parseAll(setting, (text) => formatTableName(parseTableName(text)));
  return { tables: [...new Set(tables)], isDefaultTable: false };
}
