import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";

/** The `Allow` header of a path that is only read. */
export const READ_METHODS = "GET, HEAD";

/**
 * Lets GET and HEAD through and answers HEAD with the headers of GET alone.
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
 * The refusal of a method.
 *
 * @param method The method that was asked for.
 */
export function methodNotAllowed(method: string): HttpError {
  return new HttpError(405, `The method ${method} is not allowed here: use GET or HEAD`, {
    headers: { allow: READ_METHODS },
  });
}
