import type { View } from "../../domain/view.ts";
import type { PreflightReportOptions } from "../../report/preflight.ts";
import type { Handler } from "../handler.ts";
import { answerJson, type FreshView } from "./fresh_json.ts";
import { decodeServerName } from "./parameters.ts";

/** Prefix of the path; the name of the standby follows. */
export const PREFLIGHT_PREFIX = "/api/v1/preflight/";

/** What the route needs. */
export interface PreflightRouteOptions {
  /** The current view; null until the first collection has finished. */
  readonly view: (options?: FreshView) => View | null;
  /** When and by what it is made. */
  readonly made: () => PreflightReportOptions;
  /** Collects, unless the data is fresh. */
  readonly collect: () => Promise<unknown>;
}

/**
 * `/api/v1/preflight/NAME`: what `preflight NAME --json` prints, of the servers that this exporter watches. For a name that
 * it does not know the verdict is `unknown`.
 *
 * @throws {HttpError} 400 for another parameter or a malformed name, 503 until the first collection has finished.
 */
export function preflightRoute({ view, made, collect }: PreflightRouteOptions): Handler {
  return async (request) => {
    const name = decodeServerName(new URL(request.url).pathname.slice(PREFLIGHT_PREFIX.length));
    const [{ derivePreflight }, { derivePreflightReport }] = await Promise.all([
      import("../../cluster/preflight/derive_preflight.ts"),
      import("../../report/preflight.ts"),
    ]);
    return await answerJson(request, {
      collect,
      render: (of) => {
        const current = view(of);
        if (current === null) return null;
        return `${JSON.stringify(derivePreflightReport(derivePreflight(current, name), made()), null, 2)}\n`;
      },
    });
  };
}
