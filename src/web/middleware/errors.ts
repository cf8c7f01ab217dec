/**
 * What surrounds a handler: each takes one and returns one.
 *
 * @module
 */
import type { App, Handler } from "../handler.ts";
import { errorResponse, HttpError } from "../http_error.ts";

/**
 * Turns what a handler throws into a response.
 *
 * @param handler The handler.
 * @param options `onError` is told of what is our own fault: everything that is not an {@linkcode HttpError}.
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
