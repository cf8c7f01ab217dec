import { negotiateEncoding } from "../../exposition/negotiate.ts";
import { renderReportJson } from "../../report/json.ts";
import type { Report } from "../../report/model.ts";
import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";
import { compress, encodeText, sharedBodyResponse } from "../responses.ts";

/** Path of the report. */
export const REPORT_PATH = "/api/v1/report";

/**
 * `/api/v1/report`: the report as JSON.
 *
 * @param options `readReport` returns the current report, or null.
 * @throws {HttpError} 503 until the first collection has finished.
 */
export function reportRoute({ readReport }: { readonly readReport: () => Report | null }): Handler {
  return async ({ headers }) => {
    const report = readReport();
    if (report === null) {
      throw new HttpError(503, "No report yet: the first collection has not finished", { retryAfter: 1 });
    }
    const isGzip = negotiateEncoding(headers.get("accept-encoding")) === "gzip";
    const json = encodeText(renderReportJson(report));
    return sharedBodyResponse(isGzip ? await compress(json) : json, {
      "content-type": "application/json",
      "cache-control": "no-store",
      "vary": "Accept-Encoding",
      ...(isGzip ? { "content-encoding": "gzip" } : {}),
    });
  };
}
