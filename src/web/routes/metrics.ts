import type { Scraper } from "../../scrape/scraper.ts";
import type { Handler } from "../handler.ts";
import { metricsResponder } from "../metrics_response.ts";
import { parseScrapeBudget } from "../scrape_budget.ts";

/**
 * The metrics, encoded as a whole before they are sent: a partial body would be invalid.
 *
 * @param options `scraper` answers scrapes.
 */
export function metricsRoute(options: { readonly scraper: Scraper }): Handler {
  const respond = metricsResponder();
  return async ({ headers }) => {
    const budgetSeconds = parseScrapeBudget(headers.get("x-prometheus-scrape-timeout-seconds"));
    return respond(
      await options.scraper.scrape(budgetSeconds === undefined ? {} : { budgetSeconds }),
      headers,
    );
  };
}
