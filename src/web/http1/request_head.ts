import { HttpError } from "../http_error.ts";
import { methodNotAllowed } from "../middleware/methods.ts";
import type { HttpLimits } from "./limits.ts";

/** A parsed request line with its header fields. */
export interface RequestHead {
  /** The request for the app, without a body. */
  readonly request: Request;
  /** Whether the client understands HTTP/1.1: chunked answers and kept connections. */
  readonly isHttp11: boolean;
  /** Whether the connection may serve another request after this one. */
  readonly keepAlive: boolean;
}

const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP\/(\d)\.(\d)$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/;
const HOST = /^[A-Za-z0-9._~%\[\]:-]*$/;
/** `Request` refuses these by the Fetch standard; no app could be asked. */
const UNUSABLE_METHODS = new Set(["CONNECT", "TRACE", "TRACK"]);

/**
 * Reads a request line and its header fields (RFC 9112, sections 3 and 5), strictly: what two programs could
 * understand differently is refused.
 *
 * A body is never read: no path wants one. After a request that brings one the connection ends.
 *
 * @param text Everything before the empty line, one character per byte.
 * @param limits Bounds of line and fields.
 * @throws {HttpError} 400, 405, 414, 431 or 505 with a sentence.
 */
export function parseRequestHead(text: string, limits: HttpLimits): RequestHead {
  const [line = "", ...fields] = text.split("\r\n");
  if (line.length > limits.requestLineBytes) throw uriTooLong(limits);
  const match = REQUEST_LINE.exec(line);
  if (!match) throw malformed("the request line is not METHOD TARGET HTTP/1.1");
  const [, method = "", target = "", major, minor] = match;
  if (major !== "1") throw new HttpError(505, `HTTP/${major}.${minor} is not spoken here: use HTTP/1.1`);
  const isHttp11 = minor !== "0";
  const headers = parseFields(fields, limits);
  const url = urlOf(target, hostOf(headers, isHttp11));
  if (UNUSABLE_METHODS.has(method.toUpperCase())) throw methodNotAllowed(method);
  const bringsBody = hasBody(headers);
  const connection = (headers.get("connection") ?? "").toLowerCase();
  const keepAlive = isHttp11 ? !connection.includes("close") : connection.includes("keep-alive");
  return { request: createRequest(url, { method, headers }), isHttp11, keepAlive: keepAlive && !bringsBody };
}

/** The refusal of a request line that is too long. */
export function uriTooLong(limits: HttpLimits): HttpError {
  return new HttpError(
    414,
    `The request line is too long: at most ${limits.requestLineBytes} bytes are read`,
  );
}

/** The refusal of a header that is too large. */
export function headTooLarge(limits: HttpLimits): HttpError {
  return new HttpError(
    431,
    `The request header is too large: at most ${limits.headerFields} fields and ${limits.headBytes} bytes are read`,
  );
}

/**
 * The refusal of what is not HTTP.
 *
 * @param why What is wrong with it.
 */
export function malformed(why: string): HttpError {
  return new HttpError(400, `Cannot understand the request: ${why}`);
}

function parseFields(fields: readonly string[], limits: HttpLimits): Headers {
  if (fields.length > limits.headerFields) throw headTooLarge(limits);
  const headers = new Headers();
  for (const field of fields) {
    const match = FIELD.exec(field);
    const [, name, value] = match ?? [];
    if (name === undefined || value === undefined) throw malformed("a header field is not NAME: VALUE");
    const isSecond = headers.has(name);
    if (isSecond && /^(host|content-length|transfer-encoding)$/i.test(name)) {
      throw malformed(`the header ${name.toLowerCase()} is there twice`);
    }
    headers.append(name, value);
  }
  return headers;
}

/** The authority for the request's URL; RFC 9112 section 3.2 demands exactly one `Host` in HTTP/1.1. */
function hostOf(headers: Headers, isHttp11: boolean): string {
  const host = headers.get("host");
  if (host === null && isHttp11) throw malformed("HTTP/1.1 wants a Host header");
  if (host !== null && !HOST.test(host)) throw malformed("the Host header is not HOST or HOST:PORT");
  return host || "localhost";
}

function urlOf(target: string, host: string): string {
  if (target.startsWith("/")) return `http://${host}${target}`;
  if (/^https?:\/\/[^/?#@]+([/?#]|$)/i.test(target)) return target;
  throw malformed("the target is neither a path nor an http URL");
}

/** `Request` is the judge of URLs: a port beyond 65535 and half an IPv6 address are refused by it. */
function createRequest(url: string, init: { readonly method: string; readonly headers: Headers }): Request {
  try {
    return new Request(url, init);
  } catch {
    throw malformed("target and Host header make no http URL");
  }
}

function hasBody(headers: Headers): boolean {
  const length = headers.get("content-length");
  const coding = headers.get("transfer-encoding");
  if (length !== null && !/^\d{1,15}$/.test(length)) throw malformed("Content-Length is not a number");
  if (length !== null && coding !== null) {
    throw malformed("Content-Length and Transfer-Encoding exclude each other");
  }
  return coding !== null || Number(length ?? 0) > 0;
}
