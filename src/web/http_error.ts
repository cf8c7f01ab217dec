/**
 * HTTP: the exporter as a function from `Request` to `Response`, and the server that feeds it.
 *
 * The server is Node's (`node:http`). The app (`app.ts`) knows nothing of sockets; `listen.ts`, `node_server.ts` and `node_adapter.ts` know nothing of metrics. A refusal is a
 * thrown {@linkcode HttpError}, written as a response in one place, {@linkcode errorResponse}.
 *
 * @module
 */
import type { StatusCode } from "@std/http";
import { textResponse } from "./text_response.ts";

/** A request that cannot be answered as asked: status, and one sentence for the person who sent it. */
export class HttpError extends Error {
  /** Class name, for logs. */
  override readonly name = "HttpError";
  /** HTTP status, 400 to 599. */
  readonly status: StatusCode;
  /** Response headers that go with the status, such as `Allow` and `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;

  /** Describes a refusal. */
  constructor(
    status: StatusCode,
    message: string,
    options: { readonly headers?: Readonly<Record<string, string>>; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.status = status;
    this.headers = options.headers ?? {};
  }
}

/**
 * Writes whatever was thrown as a response.
 *
 * @param error An {@linkcode HttpError}; anything else is our own fault and becomes a 500 that says no more than
 * that, since the message of an unforeseen error may hold anything.
 */
export function errorResponse(error: unknown): Response {
  if (error instanceof HttpError) {
    return textResponse(error.message, { status: error.status, headers: error.headers });
  }
  return textResponse("The exporter failed to answer: its log says why", { status: 500 });
}
