import { ConfigError } from "../../config/config_error.ts";
import {
  deriveServerList,
  renderServerList,
  renderServerTsv,
  renderSubscriptionList,
} from "../../report/server_list.ts";
import type { Invocation } from "../command.ts";
import { readFormat, readSampleSeconds } from "./look_once.ts";
import { readReportOnce } from "./report_source.ts";

/** Formats of a list. */
export const LIST_FORMATS = ["text", "json", "tsv"] as const;

/**
 * `list`: prints one line per server: name, role, state, timeline, lag and reason; as text also one per subscription.
 *
 * @returns 0 when it is printed, whatever it says; 1 when a signal stopped it.
 * @throws {ConfigError} When the command line or the configuration cannot be used.
 */
export async function listServers(invocation: Invocation): Promise<number> {
  const { context } = invocation;
  const problems: string[] = [];
  const format = readFormat(invocation, { formats: LIST_FORMATS, problems });
  const sampleSeconds = readSampleSeconds(invocation, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  const report = await readReportOnce(invocation, { sampleSeconds });
  if (report === null) return 1;
  const entries = deriveServerList(report);
  const { terminal } = context;
  const width = terminal?.isOutput ? terminal.columns() : null;
  const style = { color: terminal?.useOutputColor ?? false, ...width === null ? {} : { width } };
  context.writeStdout(
    format === "json"
      ? `${JSON.stringify(entries, null, 2)}\n`
      : format === "tsv"
      ? renderServerTsv(entries)
      : renderServerList(entries, style) + renderSubscriptionList(report.subscriptions, style),
  );
  return 0;
}
