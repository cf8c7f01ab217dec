import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";

/**
 * Bounds how many requests a handler works on at once.
 *
 * @param handler The handler.
 * @param options `maxRequests`: the bound, 0 for none (`--web.max-requests`).
 * @throws {HttpError} 503 with `Retry-After` beyond the bound.
 */
export function limitConcurrency(handler: Handler, options: { readonly maxRequests: number }): Handler {
  const { maxRequests } = options;
  if (maxRequests === 0) return handler;
  let running = 0;
  return async (request) => {
    if (running >= maxRequests) {
      throw new HttpError(
        503,
        `Already answering ${running} scrapes, as many as --web.max-requests allows: try again in a second`,
        { headers: { "retry-after": "1" } },
      );
    }
    running++;
    try {
      return await handler(request);
    } finally {
      running--;
    }
  };
}
