import { createHash } from "node:crypto";
import type { Clock } from "../../domain/clock.ts";
import { DEFAULT_HEALTH_THRESHOLDS, type HealthThresholds } from "../../domain/thresholds.ts";
import { renderOverview } from "../../report/overview.ts";
import { OVERVIEW_STYLE } from "../../report/overview_style.ts";
import type { Scraper } from "../../scrape/scraper.ts";
import type { Handler } from "../handler.ts";

const encoder = new TextEncoder();

/** Only our own style, known by its hash, and icons inside the page: no script, nothing from elsewhere. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(OVERVIEW_STYLE).digest("base64")}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * `/`: the page for people.
 *
 * @param options `scraper` knows the latest view, `clock` its age, `thresholds` when a lag is slow or bad; version and
 * telemetry path are shown.
 */
export function overviewRoute(
  options: {
    readonly scraper: Scraper;
    readonly clock: Clock;
    readonly version: string;
    readonly telemetryPath: string;
    readonly thresholds?: HealthThresholds;
  },
): Handler {
  const { scraper, clock, version, telemetryPath, thresholds = DEFAULT_HEALTH_THRESHOLDS } = options;
  return () => {
    const now = clock.monotonic();
    const body = encoder.encode(
      renderOverview(scraper.view(), { now, wallNow: clock.wall(), version, telemetryPath, thresholds }),
    );
    return new Response(body, {
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-length": String(body.length),
        "content-security-policy": POLICY,
      },
    });
  };
}
