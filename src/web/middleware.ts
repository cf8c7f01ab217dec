/**
 * Middleware: each takes a handler and returns one.
 *
 * @module
 */
import type { App, Handler } from "./handler.ts";
import { errorResponse, HttpError } from "./http_error.ts";

/**
 * Converts errors of a handler to responses.
 *
 * @param handler The handler.
 * @param options `onError` is called with internal errors: all but {@linkcode HttpError}.
 */
export function answerErrors(
  handler: Handler,
  options: { readonly onError?: (error: unknown, request: Request) => void },
): App {
  return async (request) => {
    try {
      return await handler(request);
    } catch (error) {
      if (!(error instanceof HttpError)) options.onError?.(error, request);
      return errorResponse(error);
    }
  };
}

/**
 * Allows GET and HEAD, and answers HEAD with the headers of GET only.
 *
 * @param handler Answers GET.
 * @throws {HttpError} 405 for any other method.
 */
export function allowGetAndHead(handler: Handler): Handler {
  return async (request) => {
    if (request.method === "GET") return await handler(request);
    if (request.method !== "HEAD") throw methodNotAllowed(request.method);
    const response = await handler(request);
    await response.body?.cancel();
    return new Response(null, { status: response.status, headers: response.headers });
  };
}

/**
 * The refusal of any method but GET and HEAD.
 *
 * @param method The method.
 */
export function methodNotAllowed(method: string): HttpError {
  return new HttpError(405, `The method ${method} is not allowed here: use GET or HEAD`, {
    headers: { allow: "GET, HEAD" },
  });
}

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

/**
 * Headers of every response. The policy allows no content, scripts or frames; the page has a policy of its own.
 */
const SECURITY_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ["x-content-type-options", "nosniff"],
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ["referrer-policy", "no-referrer"],
  // Keeps the response out of the process of another site's page, as an image, script or frame.
  ["cross-origin-resource-policy", "same-origin"],
  // A cached measurement is out of date.
  ["cache-control", "no-store"],
];

/**
 * Adds the security headers that a response does not set.
 *
 * @param app Answers every request.
 */
export function addSecurityHeaders(app: App): App {
  return async (request) => setSecurityHeaders(await app(request));
}

/**
 * Adds to one response the security headers that it does not set.
 *
 * @param response The response, which is changed and returned.
 */
export function setSecurityHeaders(response: Response): Response {
  for (const [name, value] of SECURITY_HEADERS) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}
