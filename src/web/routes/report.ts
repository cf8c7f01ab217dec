import { renderReportJson } from "../../report/json.ts";
import type { Report } from "../../report/model.ts";
import type { Handler } from "../handler.ts";
import { answerJson, type FreshView } from "./fresh_json.ts";

/** Path of the report. */
export const REPORT_PATH = "/api/v1/report";

/** What the route needs. */
export interface ReportRouteOptions {
  /** The current report; null until the first collection has finished. */
  readonly readReport: (options?: FreshView) => Report | null;
  /** Collects, unless the data is fresh. */
  readonly collect: () => Promise<unknown>;
}

/**
 * `/api/v1/report`: the report as JSON, with `?fresh=true` of data that is at most `--collect.max-age` old, as in a scrape.
 *
 * @throws {HttpError} 400 for another parameter, 503 until the first collection has finished.
 */
export function reportRoute({ readReport, collect }: ReportRouteOptions): Handler {
  return (request) =>
    answerJson(request, {
      collect,
      render: (of) => {
        const report = readReport(of);
        return report === null ? null : renderReportJson(report);
      },
    });
}
