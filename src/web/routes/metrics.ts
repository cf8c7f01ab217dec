import { negotiateEncoding, negotiateFormat } from "../../exposition/negotiate.ts";
import type { Scraper } from "../../scrape/scraper.ts";
import { createBodyEncoder } from "../exposition_body.ts";
import type { Handler } from "../handler.ts";
import { parseScrapeBudget } from "../scrape_budget.ts";
import { sharedBodyResponse } from "../shared_body.ts";

/**
 * The metrics: negotiated, encoded as a whole, then sent. A partial page would be invalid as a whole.
 *
 * @param options `scraper` answers scrapes.
 */
export function metricsRoute(options: { readonly scraper: Scraper }): Handler {
  const encodeBody = createBodyEncoder();
  return async ({ headers }) => {
    const { format, contentType } = negotiateFormat(headers.get("accept"));
    const encoding = negotiateEncoding(headers.get("accept-encoding"));
    const budgetSeconds = parseScrapeBudget(headers.get("x-prometheus-scrape-timeout-seconds"));
    const families = await options.scraper.scrape(budgetSeconds === undefined ? {} : { budgetSeconds });
    const body = await encodeBody(families, { format, encoding });
    return sharedBodyResponse(body, {
      "content-type": contentType,
      "vary": "Accept, Accept-Encoding",
      ...(encoding === "gzip" ? { "content-encoding": "gzip" } : {}),
    });
  };
}
