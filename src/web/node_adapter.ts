import type { IncomingMessage, ServerResponse } from "node:http";
import { type Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { STATUS_CODE, STATUS_TEXT } from "@std/http";
import { noteClient } from "./client.ts";
import type { App } from "./handler.ts";
import { errorResponse, HttpError } from "./http_error.ts";
import { methodNotAllowed, setSecurityHeaders } from "./middleware.ts";
import { sharedBodyOf } from "./responses.ts";

/** A request and its response in Node's form. */
export interface NodeExchange {
  /** The request. */
  readonly incoming: IncomingMessage;
  /** The response. */
  readonly outgoing: ServerResponse;
  /** Whether to close the connection afterwards; called when the answer is ready. */
  readonly isLast: () => boolean;
}

/** The parts of a request that are used. */
export type NodeRequestHead = Pick<IncomingMessage, "method" | "url" | "httpVersion" | "rawHeaders">;

/** How long a client may take to read a refusal, milliseconds. */
const LINGER_MS = 1000;
/** Before 2.9 Deno reports HTTP/1.1 also for HTTP/1.0 requests, which need no Host. */
const KNOWS_HTTP_VERSION = !/^2\.[0-8]\./.test(Deno.version.deno);
/** Exactly one host, RFC 9112 section 3.2; two are joined by a comma. */
const HOST_HEADER = /^[A-Za-z0-9._~%[\]:-]*$/;
/** Methods that the Fetch standard forbids in a `Request`. */
const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/**
 * Answers one request with an app.
 *
 * @param app Answers every request.
 * @param exchange The request and its response.
 * @returns Settles when the answer has been handed to Node; rejects when that fails.
 */
export async function answerExchange(app: App, exchange: NodeExchange): Promise<void> {
  const { incoming, outgoing } = exchange;
  let response: Response;
  // No path reads a body, and the bytes after a malformed request cannot be trusted.
  let isLast = hasBody(incoming);
  try {
    const request = toRequest(incoming);
    noteClient(request, incoming.socket.remoteAddress);
    response = await app(request);
  } catch (error) {
    response = setSecurityHeaders(errorResponse(error));
    isLast = true;
  }
  const headers: string[] = [];
  for (const [name, value] of response.headers) headers.push(name, value);
  if (isLast || exchange.isLast()) headers.push("connection", "close");
  outgoing.writeHead(response.status, headers);
  const shared = sharedBodyOf(response);
  if (shared) outgoing.end(shared);
  else if (response.body === null) outgoing.end();
  // Measured: `arrayBuffer()` takes two thirds of the time of `bytes()`.
  else if (response.headers.has("content-length")) outgoing.end(new Uint8Array(await response.arrayBuffer()));
  else await pipeline(toReadable(response.body), outgoing);
}

/** Not `Readable.from`, which cancels a stream only at its next chunk: there may be none. */
function toReadable(body: ReadableStream<Uint8Array>): Readable {
  const reader = body.getReader();
  return new Readable({
    read() {
      reader.read().then(
        ({ done, value }) => this.push(done ? null : value),
        (error) => this.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    },
    destroy(error, callback) {
      reader.cancel(error).then(() => callback(error), () => callback(error));
    },
  });
}

/**
 * Makes the app's request: method, URL and header fields, no body.
 *
 * @param incoming The request of Node's parser.
 * @throws {HttpError} 400, 405 or 505 with a sentence.
 */
export function toRequest(incoming: NodeRequestHead): Request {
  const { method = "", url: target = "", httpVersion, rawHeaders } = incoming;
  if (!httpVersion.startsWith("1.")) {
    throw new HttpError(
      STATUS_CODE.HTTPVersionNotSupported,
      `HTTP/${httpVersion} is not supported: use HTTP/1.1`,
    );
  }
  if (FORBIDDEN_METHODS.has(method.toUpperCase())) throw methodNotAllowed(method);
  const headers = headersOf(rawHeaders);
  const host = headers.get("host");
  if (host === null && httpVersion !== "1.0" && KNOWS_HTTP_VERSION) {
    throw malformedRequest("HTTP/1.1 needs a Host header");
  }
  if (host !== null && !HOST_HEADER.test(host)) {
    throw malformedRequest("the Host header is not HOST or HOST:PORT");
  }
  const url = urlOf(target);
  try {
    return new Request(url, { method, headers });
  } catch {
    throw malformedRequest("method and target are not a request for an http URL");
  }
}

/**
 * Answers a malformed request, and closes the connection.
 *
 * @param socket The connection; a second refusal while the client still sends has no effect.
 * @param error Status and sentence.
 */
export async function refuseConnection(socket: Duplex, error: HttpError): Promise<void> {
  // Every further chunk from the client is another error to Node, which adds a listener each time.
  socket.setMaxListeners(0);
  const response = setSecurityHeaders(errorResponse(error));
  let text = `HTTP/1.1 ${error.status} ${STATUS_TEXT[error.status]}\r\n`;
  for (const [name, value] of response.headers) text += `${name}: ${value}\r\n`;
  text += `connection: close\r\ndate: ${new Date().toUTCString()}\r\n\r\n${await response.text()}`;
  if (!socket.writable) return;
  // Closing with unread bytes would reset the connection before the client reads the refusal.
  const patience = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(patience));
  socket.end(text);
}

/** Header fields from alternating names and values. */
function headersOf(fields: readonly string[]): Headers {
  const headers = new Headers();
  try {
    for (let index = 0; index < fields.length; index += 2) {
      headers.append(fields[index] ?? "", fields[index + 1] ?? "");
    }
    return headers;
  } catch {
    throw malformedRequest("a header field is not NAME: VALUE");
  }
}

function urlOf(target: string): string {
  if (target.startsWith("/")) return `http://localhost${target}`;
  if (/^https?:\/\/[^/?#@]+([/?#]|$)/i.test(target)) return target;
  throw malformedRequest("the target is neither a path nor an http URL");
}

function malformedRequest(why: string): HttpError {
  return new HttpError(STATUS_CODE.BadRequest, `Malformed request: ${why}`);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}
