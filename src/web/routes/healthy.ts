/**
 * What is served: one file per path.
 *
 * @module
 */
import type { Handler } from "../handler.ts";
import { textResponse } from "../text_response.ts";

/**
 * `/-/healthy`: answers 200 as long as the process can answer at all. A database that is down is no reason to
 * restart the exporter.
 */
export function healthyRoute(): Handler {
  return () => textResponse("Healthy");
}
