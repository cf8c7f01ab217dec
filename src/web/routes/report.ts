import { negotiateEncoding } from "../../exposition/negotiate.ts";
import { renderReportJson } from "../../report/json.ts";
import type { Report } from "../../report/model.ts";
import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";
import { readQuery } from "./parameters.ts";
import { compress, encodeText, sharedBodyResponse } from "../responses.ts";

/** Path of the report. */
export const REPORT_PATH = "/api/v1/report";

/** What the route needs. */
export interface ReportRouteOptions {
  /** The current report; null until the first collection has finished. */
  readonly readReport: (options?: { readonly maxAgeSeconds: number }) => Report | null;
  /** Collects, unless the data is fresh. */
  readonly collect: () => Promise<unknown>;
}

/**
 * `/api/v1/report`: the report as JSON, with `?fresh=true` of data that is at most `--collect.max-age` old, as in a scrape.
 *
 * @throws {HttpError} 400 for another parameter, 503 until the first collection has finished.
 */
export function reportRoute({ readReport, collect }: ReportRouteOptions): Handler {
  return async ({ headers, url }) => {
    const { fresh = "false" } = readQuery(new URL(url).searchParams, ["fresh"]);
    if (fresh !== "true" && fresh !== "false") {
      throw new HttpError(400, "Parameter fresh must be true or false");
    }
    if (fresh === "true") await collect();
    const report = fresh === "true" ? readReport({ maxAgeSeconds: 0 }) : readReport();
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
