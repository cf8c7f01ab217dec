import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";

/**
 * Limits the concurrent requests of a handler.
 *
 * @param handler The handler.
 * @param options `maxRequests`: the limit, 0 for none (`--web.max-requests`).
 * @throws {HttpError} 503 with `Retry-After` beyond the limit.
 */
export function limitConcurrency(handler: Handler, options: { readonly maxRequests: number }): Handler {
  const { maxRequests } = options;
  if (maxRequests === 0) return handler;
  let running = 0;
  return async (request) => {
    if (running >= maxRequests) {
      throw new HttpError(503, `--web.max-requests (${running}) reached: try again in a second`, {
        retryAfter: 1,
      });
    }
    running++;
    try {
      return await handler(request);
    } finally {
      running--;
    }
  };
}
