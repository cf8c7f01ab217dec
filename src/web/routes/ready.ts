import type { Scraper } from "../../scrape/scraper.ts";
import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";
import { textResponse } from "../text_response.ts";

/**
 * `/-/ready`: 200 once there is something to serve, that is after the first collection has ended, however it ended.
 *
 * @param options `scraper` knows the latest view.
 * @throws {HttpError} 503 before that.
 */
export function readyRoute(options: { readonly scraper: Scraper }): Handler {
  return () => {
    if (options.scraper.view() !== null) return textResponse("Ready");
    throw new HttpError(503, "Not ready: the first collection has not ended yet", {
      headers: { "retry-after": "1" },
    });
  };
}
