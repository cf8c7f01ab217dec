import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { HttpError } from "../../../src/web/http_error.ts";
import { DEFAULT_HTTP_LIMITS } from "../../../src/web/http1/limits.ts";
import { parseRequestHead } from "../../../src/web/http1/request_head.ts";

const parse = (...lines: string[]) => parseRequestHead(lines.join("\r\n"), DEFAULT_HTTP_LIMITS);
const refusalOf = (...lines: string[]) => assertThrows(() => parse(...lines), HttpError);

Deno.test("parseRequestHead() reads method, URL and fields", () => {
  const { request, isHttp11, keepAlive } = parse(
    "GET /metrics?x=1 HTTP/1.1",
    "Host: db:9188",
    "Accept: text/plain",
    "ACCEPT:  */* \t",
  );
  assertEquals([request.method, request.url], ["GET", "http://db:9188/metrics?x=1"]);
  assertEquals(request.headers.get("accept"), "text/plain, */*");
  assertEquals([isHttp11, keepAlive], [true, true]);
});

Deno.test("parseRequestHead() keeps bytes beyond ASCII in values as they are", () => {
  assertEquals(parse("GET / HTTP/1.1", "Host: a", "X: \xe9\x80").request.headers.get("x"), "\xe9\x80");
});

Deno.test("parseRequestHead() knows when a connection goes on", () => {
  const keepsAlive = (...lines: string[]) => parse(...lines).keepAlive;
  assertEquals(keepsAlive("GET / HTTP/1.1", "Host: a", "Connection: Close"), false);
  assertEquals(keepsAlive("GET / HTTP/1.0"), false);
  assertEquals(keepsAlive("GET / HTTP/1.0", "Connection: keep-alive"), true);
  assertEquals(keepsAlive("POST / HTTP/1.1", "Host: a", "Content-Length: 0"), true);
  assertEquals(keepsAlive("POST / HTTP/1.1", "Host: a", "Content-Length: 3"), false);
  assertEquals(keepsAlive("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked"), false);
});

Deno.test("parseRequestHead() takes a whole URL as target", () => {
  assertEquals(parse("GET http://other/x HTTP/1.1", "Host: a").request.url, "http://other/x");
});

Deno.test("parseRequestHead() does not let a path pass for a host", () => {
  assertEquals(new URL(parse("GET //evil/x HTTP/1.1", "Host: a").request.url).host, "a");
});

Deno.test("parseRequestHead() refuses what is malformed with 400", () => {
  for (
    const lines of [
      ["garbage"],
      ["GET /"],
      ["GET  / HTTP/1.1", "Host: a"],
      ["GET /\xe9 HTTP/1.1", "Host: a"],
      ["G@T / HTTP/1.1", "Host: a"],
      ["GET / HTTP/1.1"],
      ["GET / HTTP/1.1", "Host: a", "Host: a"],
      ["GET / HTTP/1.1", "Host: a/b"],
      ["GET / HTTP/1.1", "Host: [::"],
      ["GET / HTTP/1.1", "Host: a:99999"],
      ["GET / HTTP/1.1", "Host: a", " folded: x"],
      ["GET / HTTP/1.1", "Host: a", "X : space before colon"],
      ["GET / HTTP/1.1", "Host: a", "no colon"],
      ["GET / HTTP/1.1", "Host: a", "X: a\0b"],
      ["GET / HTTP/1.1", "Host: a", "Content-Length: -1"],
      ["GET / HTTP/1.1", "Host: a", "Content-Length: 1", "Content-Length: 2"],
      ["GET / HTTP/1.1", "Host: a", "Content-Length: 1", "Transfer-Encoding: chunked"],
      ["GET ftp://a/ HTTP/1.1", "Host: a"],
      ["GET http://user@a/ HTTP/1.1", "Host: a"],
      ["OPTIONS * HTTP/1.1", "Host: a"],
    ]
  ) {
    const refusal = refusalOf(...lines);
    assertEquals(refusal.status, 400, lines.join(" | "));
    assertStringIncludes(refusal.message, "Cannot understand the request: ");
  }
});

Deno.test("parseRequestHead() refuses what is too large, too new or no method of ours", () => {
  assertEquals(refusalOf(`GET /${"a".repeat(8192)} HTTP/1.1`, "Host: a").status, 414);
  assertEquals(refusalOf("GET / HTTP/1.1", "Host: a", ...Array(100).fill("X: y")).status, 431);
  assertEquals(refusalOf("GET / HTTP/2.0", "Host: a").status, 505);
  for (const method of ["CONNECT", "TRACE", "TRACK"]) {
    const refusal = refusalOf(`${method} / HTTP/1.1`, "Host: a");
    assertEquals([refusal.status, refusal.headers["allow"]], [405, "GET, HEAD"]);
  }
});

Deno.test("parseRequestHead() either parses or refuses with a documented status", () => {
  const byte = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(..."GET /: HTTP/1.1\r\nHost") },
    fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  );
  const noise = fc.string({ unit: byte, maxLength: 60 });
  const text = fc.oneof(
    noise,
    fc.tuple(noise, noise).map(([target, fields]) => `GET /${target} HTTP/1.1\r\nHost: a\r\n${fields}`),
    noise.map((host) => `GET / HTTP/1.1\r\nHost: ${host}`),
    fc.tuple(fc.webUrl(), noise).map(([url, value]) => `GET ${url} HTTP/1.1\r\nHost: a\r\nX: ${value}`),
    noise.map((method) => `${method} / HTTP/1.1\r\nHost: a`),
  );
  fc.assert(
    fc.property(text, (head) => {
      try {
        parseRequestHead(head, DEFAULT_HTTP_LIMITS);
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        if (![400, 405, 414, 431, 505].includes(error.status)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});
