import { negotiateEncoding } from "../../exposition/negotiate.ts";
import { renderReportJson } from "../../report/json.ts";
import type { Report } from "../../report/model.ts";
import { compress } from "../compress.ts";
import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";
import { sharedBodyResponse } from "../shared_body.ts";

/** Where reports are. */
export const REPORT_PATH = "/api/v1/report";

/**
 * `/api/v1/report`: everything that is known, as JSON.
 *
 * @param options `readReport` knows the report of now, or null.
 * @throws {HttpError} 503 before the first collection has ended.
 */
export function reportRoute({ readReport }: { readonly readReport: () => Report | null }): Handler {
  return async ({ headers }) => {
    const report = readReport();
    if (report === null) {
      throw new HttpError(503, "No report yet: the first collection has not ended", {
        headers: { "retry-after": "1", "cache-control": "no-store" },
      });
    }
    const encoding = negotiateEncoding(headers.get("accept-encoding"));
    const json = new TextEncoder().encode(renderReportJson(report));
    return sharedBodyResponse(encoding === "gzip" ? await compress(json) : json, {
      "content-type": "application/json",
      "cache-control": "no-store",
      "vary": "Accept-Encoding",
      ...(encoding === "gzip" ? { "content-encoding": "gzip" } : {}),
    });
  };
}
