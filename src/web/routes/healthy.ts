/**
 * The routes: one file per path.
 *
 * @module
 */
import type { Handler } from "../handler.ts";
import { textResponse } from "../responses.ts";

/**
 * `/-/healthy`: 200 as long as the process can answer. A database that is down is no reason to restart the exporter.
 */
export function healthyRoute(): Handler {
  return () => textResponse("Healthy");
}
