import type { ProbeConfig } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import { DEFAULT_REPORT_THRESHOLDS, type ReportThresholds } from "../domain/thresholds.ts";
import type { deriveReport } from "../report/derive.ts";
import type { Report } from "../report/model.ts";
import type { ProbePool } from "../scrape/probe/probe_pool.ts";
import type { ServerScraper } from "../scrape/scraper.ts";
import { appEndpoints, type AppHandler, EVENTS_PATH } from "./endpoints.ts";
import type { App, Handler } from "./handler.ts";
import { addSecurityHeaders, allowGetAndHead, answerErrors, limitConcurrency } from "./middleware.ts";
import { HttpError } from "./http_error.ts";
import { healthyRoute, readyRoute } from "./routes/health.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { preflightRoute } from "./routes/preflight.ts";
import { probeRoute } from "./routes/probe.ts";
import { reportRoute } from "./routes/report.ts";
import { runbooksRoute } from "./routes/runbooks.ts";
import { serversRoute } from "./routes/servers.ts";
import { serviceDiscoveryRoute } from "./routes/service_discovery.ts";

/** The parts of the app. */
export interface AppOptions {
  /** Answers scrapes and has the latest view. */
  readonly scraper: ServerScraper;
  /** Watches servers that are only probed; absent when none may be. */
  readonly pool?: Pick<ProbePool, "scrape">;
  /** What `/probe` may do; absent or null: probe watched servers only. */
  readonly probe?: ProbeConfig | null;
  /** Path of the metrics, begins with `/`. At `/` they replace the page. */
  readonly telemetryPath: string;
  /** Concurrent scrapes; further ones get 503. 0: no limit. */
  readonly maxRequests: number;
  /** Thresholds of reports; the defaults when absent. */
  readonly thresholds?: ReportThresholds;
  /** For the ages in reports. */
  readonly clock: Clock;
  /** The exporter's version, shown on the page. */
  readonly version: string;
  /** The commit it was built from; "" when absent. */
  readonly revision?: string;
  /** Ends the event streams. */
  readonly signal?: AbortSignal;
  /** Called with every internal error (answered with 500), to log it. */
  readonly onError?: (error: unknown, request: Request) => void;
}

/**
 * Creates the app from its routes and middleware.
 *
 * @param options The parts of the app.
 * @returns A function that answers every request and never throws.
 *
 * @example Usage
 * ```ts ignore
 * const app = createApp({ scraper, telemetryPath: "/metrics", maxRequests: 40, clock: systemClock, version: "1.0.0" });
 * const response = await app(new Request("http://localhost/metrics"));
 * ```
 */
export function createApp(options: AppOptions): App {
  const reader = async () => {
    const { deriveReport } = await import("../report/derive.ts");
    return (of = { maxAgeSeconds: 1 }) => currentReport(deriveReport, { ...options, ...of });
  };
  const limited = (handler: Handler) => limitConcurrency(handler, options);
  const { scraper, clock, version, revision = "" } = options;
  const collect = () => scraper.scrape();
  const handlers: Readonly<Record<AppHandler, Handler>> = {
    page: whenAsked(async () => {
      const [{ pageRoute }, readReport] = await Promise.all([import("./routes/page.ts"), reader()]);
      return pageRoute({ ...options, readReport });
    }),
    metrics: limited(metricsRoute(options)),
    report: limited(whenAsked(async () => reportRoute({ readReport: await reader(), collect }))),
    preflight: limited(preflightRoute({
      view: (of = { maxAgeSeconds: 1 }) => scraper.view(of),
      made: () => ({ wallNow: clock.wall(), build: { version, revision } }),
      collect,
    })),
    events: whenAsked(async () => {
      const [{ eventsRoute }, { pageBuild }, readReport] = await Promise.all([
        import("./routes/events.ts"),
        import("./routes/page.ts"),
        reader(),
      ]);
      return eventsRoute({
        readReport,
        clock,
        build: pageBuild(version),
        ...options.signal ? { signal: options.signal } : {},
        onError: (error) => options.onError?.(error, new Request(`http://localhost${EVENTS_PATH}`)),
      });
    }),
    probe: limited(probeRoute(options)),
    discovery: serviceDiscoveryRoute(options),
    routing: serversRoute(options),
    runbooks: runbooksRoute(),
    healthy: healthyRoute(),
    ready: readyRoute(options),
  };
  const endpoints = appEndpoints(options.telemetryPath);
  const paths = [...new Set(endpoints.map(({ path }) => path))].sort().join(", ");
  const routes = new Map<string, Handler>();
  const trees: (readonly [prefix: string, handler: Handler])[] = [];
  for (const { path, handler } of endpoints) {
    const [prefix = path, ...rest] = path.split("NAME");
    const readOnly = allowGetAndHead(handlers[handler]);
    if (rest.length > 0) trees.push([prefix, readOnly]);
    else routes.set(path, readOnly);
  }
  const route: Handler = (request) => {
    const path = pathOf(request.url);
    const handler = routes.get(path) ?? trees.find(([prefix]) => path.startsWith(prefix))?.[1];
    if (handler) return handler(request);
    throw new HttpError(404, `There is no path ${shorten(path)}: choose one of ${paths}`);
  };
  return addSecurityHeaders(answerErrors(route, options));
}

/** A handler whose code is loaded with the first request, and after a failure with the next one. */
function whenAsked(load: () => Promise<Handler>): Handler {
  let loading: Promise<Handler> | null = null;
  return async (request) => {
    loading ??= load().catch((error) => {
      loading = null;
      throw error;
    });
    return await (await loading)(request);
  };
}

/** The report; null until the first collection has finished. */
function currentReport(
  derive: typeof deriveReport,
  { scraper, clock, version, revision = "", thresholds = DEFAULT_REPORT_THRESHOLDS, maxAgeSeconds }:
    & AppOptions
    & { readonly maxAgeSeconds: number },
): Report | null {
  const view = scraper.view({ maxAgeSeconds });
  if (view === null) return null;
  const [now, wallNow] = [clock.monotonic(), clock.wall()];
  return derive(view, { now, wallNow, build: { version, revision }, thresholds });
}

/** The path of an absolute URL, which `Request` has parsed and normalised already. */
function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.slice(start).search(/[?#]/);
  return end < 0 ? url.slice(start) : url.slice(start, start + end);
}

/** A path, cut to fit into a sentence. */
function shorten(path: string): string {
  return path.length <= 100 ? path : `${path.slice(0, 100)}...`;
}
