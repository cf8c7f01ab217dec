/**
 * The routes: one file per path, or per purpose.
 *
 * @module
 */
import type { Scraper } from "../../scrape/scraper.ts";
import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";
import { textResponse } from "../responses.ts";

/**
 * `/-/healthy`: 200 as long as the process can answer. A database that is down is no reason to restart the exporter.
 */
export function healthyRoute(): Handler {
  return () => textResponse("Healthy");
}

/**
 * `/-/ready`: 200 once the first collection has finished, whatever its result.
 *
 * @param options `scraper` has the latest view.
 * @throws {HttpError} 503 before that.
 */
export function readyRoute(options: { readonly scraper: Scraper }): Handler {
  return () => {
    if (options.scraper.view() !== null) return textResponse("Ready");
    throw new HttpError(503, "Not ready: the first collection has not finished", { retryAfter: 1 });
  };
}
