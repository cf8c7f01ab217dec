import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";

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
