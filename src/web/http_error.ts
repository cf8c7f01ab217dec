/**
 * HTTP: the exporter as a function from `Request` to `Response`, and the server in front of it.
 *
 * The server is Node's (`node:http`). The app (`app.ts`) does not depend on sockets; `listen.ts`, `node_server.ts` and
 * `node_adapter.ts` do not depend on metrics. A refusal is a thrown {@linkcode HttpError}, which
 * {@linkcode errorResponse} converts to a response.
 *
 * @module
 */
import type { StatusCode } from "@std/http";
import { textResponse } from "./responses.ts";

/** A request that is refused: status, and one sentence for the client. */
export class HttpError extends Error {
  /** Class name, for logs. */
  override readonly name = "HttpError";
  /** HTTP status, 400 to 599. */
  readonly status: StatusCode;
  /** Response headers of the status, such as `Allow` and `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;

  /**
   * Describes a refusal.
   *
   * @param status HTTP status.
   * @param message One sentence for the client.
   * @param options `headers` of the response; `retryAfter`: when the client may try again, seconds; `cause`.
   */
  constructor(
    status: StatusCode,
    message: string,
    { headers, retryAfter, cause }: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly retryAfter?: number;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause });
    this.status = status;
    this.headers = { ...headers, ...retryAfter === undefined ? {} : { "retry-after": String(retryAfter) } };
  }
}

/** The text for an error whose message may contain anything, and so is not shown. */
export const INTERNAL_ERROR = "The exporter failed to answer: see its log";

/**
 * Converts an error to a response.
 *
 * @param error An {@linkcode HttpError}; any other error becomes a 500 without its message, which may contain anything.
 */
export function errorResponse(error: unknown): Response {
  if (!(error instanceof HttpError)) return textResponse(INTERNAL_ERROR, { status: 500 });
  return textResponse(error.message, { status: error.status, headers: error.headers });
}
