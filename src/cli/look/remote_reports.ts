import { readReport } from "../../report/read_report.ts";
import type { ReportSource } from "../../report/source.ts";
import { REPORT_PATH } from "../../web/routes/report.ts";
import { openRemoteAnswers, type RemoteOptions } from "./remote_answers.ts";
import type { RemoteTarget } from "./remote_target.ts";

/** Fetches reports from a running exporter. */
export function openRemoteReports(target: RemoteTarget, options: RemoteOptions): ReportSource {
  return openRemoteAnswers(target, { path: REPORT_PATH, noun: "report", parse: readReport, ...options });
}
