import { ConfigError } from "../../config/config_error.ts";
import { renderReportJson } from "../../report/json.ts";
import { renderReportText } from "../../report/text/report.ts";
import type { Status } from "../../report/model.ts";
import { EXIT_UNKNOWN, type Invocation } from "../command.ts";
import { readFormat, readSampleSeconds, textOptionsOf } from "./look_once.ts";
import { readReportOnce } from "./report_source.ts";

/** Formats of a report. */
const FORMATS = ["text", "json"] as const;

const STATUS_EXIT_CODES: Readonly<Record<Status, number>> = {
  healthy: 0,
  warning: 1,
  critical: 2,
  unknown: EXIT_UNKNOWN,
};

/** The exit code of a status, as for monitoring plugins: 0 healthy, 1 warning, 2 critical, 3 unknown. */
export function exitCodeOf(status: Status): number {
  return STATUS_EXIT_CODES[status];
}

/** The flags of `report`. */
export interface ReportFlags {
  /** The format. */
  readonly format: "text" | "json";
  /** How long positions are sampled, seconds. */
  readonly sampleSeconds: number;
}

/** `report`: prints one report and returns the exit code of its status; 3, unknown, when stopped by a signal. */
export async function report(invocation: Invocation): Promise<number> {
  const { context } = invocation;
  const { format, sampleSeconds } = readReportFlags(invocation);
  const made = await readReportOnce(invocation, { sampleSeconds });
  if (made === null) return exitCodeOf("unknown");
  context.writeStdout(
    format === "json" ? renderReportJson(made) : renderReportText(made, textOptionsOf(invocation)),
  );
  return exitCodeOf(made.status);
}

/**
 * Reads the flags of `report`.
 *
 * @throws {ConfigError} With every problem found.
 */
export function readReportFlags({ option, isOn }: Pick<Invocation, "option" | "isOn">): ReportFlags {
  const problems: string[] = [];
  const format = readFormat({ option, isOn }, { formats: FORMATS, problems });
  const sampleSeconds = readSampleSeconds({ option }, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return { format, sampleSeconds };
}
