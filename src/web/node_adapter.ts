import type { IncomingMessage, ServerResponse } from "node:http";
import { type Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { STATUS_CODE, STATUS_TEXT } from "@std/http";
import { noteClient } from "./client.ts";
import type { App } from "./handler.ts";
import { errorResponse, HttpError } from "./http_error.ts";
import { methodNotAllowed } from "./middleware/methods.ts";
import { setSecurityHeaders } from "./middleware/security_headers.ts";
import { sharedBodyOf } from "./shared_body.ts";

/** One exchange as Node sees it. */
export interface NodeExchange {
  /** The request. */
  readonly incoming: IncomingMessage;
  /** Where the answer goes. */
  readonly outgoing: ServerResponse;
  /** Whether the connection is to end with it, asked when the answer is ready. */
  readonly isLast: () => boolean;
}

/** What is read of a request. */
export type NodeRequestHead = Pick<IncomingMessage, "method" | "url" | "httpVersion" | "rawHeaders">;

/** How long a refused client may take to read the refusal, milliseconds. */
const LINGER_MS = 1000;
/** Before 2.9 Deno calls every request HTTP/1.1, also one of HTTP/1.0, which needs no Host. */
const KNOWS_HTTP_VERSION = !/^2\.[0-8]\./.test(Deno.version.deno);
/** Exactly one host, RFC 9112 section 3.2; two of them arrive joined by a comma. */
const HOST = /^[A-Za-z0-9._~%[\]:-]*$/;
/** `Request` refuses these by the Fetch standard; no app could be asked. */
const UNUSABLE_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/**
 * Answers one request with what an app says.
 *
 * @param app Answers every request.
 * @param exchange The request, and where the answer goes.
 * @returns Settles when the answer has been handed over; rejects when it cannot be.
 */
export async function answer(app: App, exchange: NodeExchange): Promise<void> {
  const { incoming, outgoing } = exchange;
  let response: Response;
  // A body is never read, for no path wants one, and what follows a misunderstood request is not trusted.
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

/** Not `Readable.from`, which cancels only when the stream says something next: that may be never. */
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
 * Makes the request that the app sees: method, URL and header fields, no body.
 *
 * @param incoming The request as Node's parser has it.
 * @throws {HttpError} 400, 405 or 505 with a sentence.
 */
export function toRequest(incoming: NodeRequestHead): Request {
  const { method = "", url: target = "", httpVersion, rawHeaders } = incoming;
  if (!httpVersion.startsWith("1.")) {
    throw new HttpError(
      STATUS_CODE.HTTPVersionNotSupported,
      `HTTP/${httpVersion} is not spoken here: use HTTP/1.1`,
    );
  }
  if (UNUSABLE_METHODS.has(method.toUpperCase())) throw methodNotAllowed(method);
  const headers = headersOf(rawHeaders);
  const host = headers.get("host");
  if (host === null && httpVersion !== "1.0" && KNOWS_HTTP_VERSION) {
    throw malformed("HTTP/1.1 wants a Host header");
  }
  if (host !== null && !HOST.test(host)) throw malformed("the Host header is not HOST or HOST:PORT");
  const url = urlOf(target);
  try {
    return new Request(url, { method, headers });
  } catch {
    throw malformed("method and target make no request for an http URL");
  }
}

/**
 * Answers what never became a request, and ends the connection.
 *
 * @param socket The connection; may be refused again while the client still sends, which does nothing.
 * @param error Status and sentence.
 */
export async function refuse(socket: Duplex, error: HttpError): Promise<void> {
  // Each piece that the client still sends is one more error to Node, which adds a listener each time.
  socket.setMaxListeners(0);
  const response = setSecurityHeaders(errorResponse(error));
  let text = `HTTP/1.1 ${error.status} ${STATUS_TEXT[error.status]}\r\n`;
  for (const [name, value] of response.headers) text += `${name}: ${value}\r\n`;
  text += `connection: close\r\ndate: ${new Date().toUTCString()}\r\n\r\n${await response.text()}`;
  if (!socket.writable) return;
  // Closing with bytes unread would reset the connection, and the refusal with it: the client gets a moment.
  const patience = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(patience));
  socket.end(text);
}

/** @param fields Names and values, in turn. */
function headersOf(fields: readonly string[]): Headers {
  const headers = new Headers();
  try {
    for (let index = 0; index < fields.length; index += 2) {
      headers.append(fields[index] ?? "", fields[index + 1] ?? "");
    }
    return headers;
  } catch {
    throw malformed("a header field is not NAME: VALUE");
  }
}

function urlOf(target: string): string {
  if (target.startsWith("/")) return `http://localhost${target}`;
  if (/^https?:\/\/[^/?#@]+([/?#]|$)/i.test(target)) return target;
  throw malformed("the target is neither a path nor an http URL");
}

function malformed(why: string): HttpError {
  return new HttpError(STATUS_CODE.BadRequest, `Cannot understand the request: ${why}`);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}
