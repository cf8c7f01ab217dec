/**
 * What stands in for the rest of the exporter in tests of the web layer.
 *
 * @module
 */
import { EMPTY_VIEW } from "../fixtures/empty_view.ts";
import type { Clock } from "../../src/domain/clock.ts";
import type { View } from "../../src/domain/view.ts";
import type { Family } from "../../src/metrics/family.ts";
import type { ServerScraper } from "../../src/scrape/scraper.ts";
import { createApp } from "../../src/web/app.ts";
import type { App } from "../../src/web/handler.ts";

/** One family with one sample. */
export const FAMILIES: readonly Family[] = [{
  name: "pgrepl_up",
  type: "gauge",
  help: "Whether the server answers",
  labels: ["instance"],
  samples: [{ labels: { instance: "primary" }, value: 1 }],
}];

/** {@linkcode FAMILIES} in text format. */
export const TEXT = "# HELP pgrepl_up Whether the server answers\n# TYPE pgrepl_up gauge\n" +
  'pgrepl_up{instance="primary"} 1\n';

/** A clock that stands still. */
export const STILL_CLOCK: Clock = {
  monotonic: () => 100,
  wall: () => 1_795_000_000,
  sleep: () => Promise.reject(new Error("Nobody should sleep here")),
};

/** A scraper that counts and remembers the budgets it was given. */
export interface FakeScraper extends ServerScraper {
  /** Budgets in the order of the scrapes. */
  readonly budgets: (number | undefined)[];
}

/** A scraper that responds at once, or as set. */
export function fakeScraper(
  options: {
    readonly view?: View | null;
    readonly scrape?: () => Promise<readonly Family[]>;
  } = {},
): FakeScraper {
  const { view = EMPTY_VIEW, scrape = () => Promise.resolve(FAMILIES) } = options;
  const budgets: (number | undefined)[] = [];
  return {
    budgets,
    view: () => view,
    scrapeServer: () => scrape(),
    scrape: (scrapeOptions) => {
      budgets.push(scrapeOptions?.budgetSeconds);
      return scrape();
    },
  };
}

/** An app around a scraper. */
export function appWith(scraper: ServerScraper, options: { readonly maxRequests?: number } = {}): App {
  return createApp({
    scraper,
    telemetryPath: "/metrics",
    maxRequests: options.maxRequests ?? 0,
    clock: STILL_CLOCK,
    version: "1.2.3",
  });
}

/** A request as a client of the app would send it. */
export function get(path: string, headers: Readonly<Record<string, string>> = {}): Request {
  return new Request(`http://localhost:9188${path}`, { headers });
}
