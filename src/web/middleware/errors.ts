/**
 * Middleware: each takes a handler and returns one.
 *
 * @module
 */
import type { App, Handler } from "../handler.ts";
import { errorResponse, HttpError } from "../http_error.ts";

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
