/**
 * What a client may say on a connection: mostly HTTP.
 *
 * @module
 */
import { assert } from "@std/assert";
import fc from "fast-check";
import { CANARY } from "./budget.ts";
import { ANY_CHARACTER } from "../fixtures/any_character.ts";

/** From the first byte to the end of a connection that hangs, seconds; the server's limits are a fraction of it. */
const LONGEST = 60;

const start = fc.oneof(
  fc.constantFrom(
    ...[
      "GET /metrics HTTP/1.1",
      "GET / HTTP/1.0",
      "HEAD /metrics HTTP/1.1",
      "POST /-/reload HTTP/1.1",
      "GET /",
    ],
    ...[
      "GET /metrics HTTP/0.9",
      "GET /metrics HTTP/2.0",
      "PRI * HTTP/2.0",
      "OPTIONS * HTTP/1.1",
      "CONNECT a:1 HTTP/1.1",
    ],
    ...[
      "TRACE / HTTP/1.1",
      "GET http://a/metrics HTTP/1.1",
      "GET http:///x HTTP/1.1",
      "GET //a/../b?%zz HTTP/1.1",
    ],
    ...[
      "G\0T / HTTP/1.1",
      "get /metrics HTTP/1.1",
      "GET /\u00e9\u202e HTTP/1.1",
      " GET / HTTP/1.1",
      "\r\n\r\nGET / HTTP/1.1",
    ],
    ...[
      "GET /v1/shutdown HTTP/1.1",
      "GET /probe?target=%00 HTTP/1.1",
      "GET /api/v1/report HTTP/1.1",
      "\x16\x03\x01\x02\0\x01",
    ],
  ),
  fc.string({ unit: ANY_CHARACTER, maxLength: 40 }),
);
const header = fc.oneof(
  fc.constantFrom(
    ...[
      "Host: a",
      "Host: a",
      "Host: a",
      "Host: b",
      "Host: a b",
      "Connection: close",
      "Connection: keep-alive, upgrade",
    ],
    ...[
      "Content-Length: 5",
      "Content-Length: -1",
      "Content-Length: 99999999999999999999",
      "Transfer-Encoding: chunked",
    ],
    ...[
      "Transfer-Encoding: gzip, chunked",
      "Expect: 100-continue",
      "Upgrade: websocket",
      "Accept: */*;q=",
      "X:\0",
      ": a",
    ],
    ...[
      " folded",
      "Accept-Encoding: gzip;q=x",
      `Authorization: Basic ${btoa(`u:${CANARY}`)}`,
      `Cookie: ${CANARY}`,
    ],
    ...[
      "X-Prometheus-Scrape-Timeout-Seconds: -1e309",
      "Range: bytes=0-0",
      "Sec-Fetch-Site: cross-site",
      "Trailer: X",
    ],
  ),
  fc.nat({ max: 20_000 }).map((length) => `X: ${"a".repeat(length)}`),
  fc.string({ unit: ANY_CHARACTER, maxLength: 20 }),
);
const body = fc.constantFrom(
  "",
  "",
  "hello",
  "5\r\nhello\r\n0\r\n\r\n",
  "zz\r\n",
  "ffffffffffffffff\r\na",
  '{"level":"debug"}',
  "\0",
);
/** Mostly well-formed, with one oddity or two. */
const request = fc.tuple(
  fc.constantFrom("GET", "GET", "GET", "HEAD", "POST", "DELETE"),
  fc.constantFrom(
    ...[
      "/",
      "/metrics",
      "/-/ready",
      "/-/reload",
      "/sd",
      "/api/v1/report",
      "/servers/a/primary",
      "/probe?target=a",
      "/no",
    ],
    ...["/v1/shutdown", "/metrics?x=%00", "/%2e%2e/metrics", "http://a/metrics"],
  ),
  fc.constantFrom("1.1", "1.1", "1.0"),
  fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.tuple(header)),
).map(([method, path, version, odd]) =>
  [`${method} ${path} HTTP/${version}`, "Host: a", ...odd, "", ""].join("\r\n")
);
const noise = fc.tuple(
  start,
  fc.array(header, { maxLength: 5 }),
  fc.constantFrom("\r\n", "\r\n", "\n", "\r"),
  body,
)
  .map(([line, headers, end, rest]) => [line, ...headers, "", rest].join(end));
const message = fc.oneof({ weight: 6, arbitrary: request }, { weight: 1, arbitrary: noise });
/** One connection: messages after each other, cut into pieces, the last perhaps not whole. */
export const conversation = fc.record({
  text: fc.array(message, { minLength: 1, maxLength: 4 }).map((messages) => messages.join("")),
  kept: fc.constantFrom(1, 1, 1, 0.9, 0.5),
  pieces: fc.integer({ min: 1, max: 3 }),
  isHalfClosed: fc.boolean(),
});

/** One of them. */
export type Conversation = typeof conversation extends fc.Arbitrary<infer T> ? T : never;

/** Says it all, and returns all that is answered until the server ends the connection. */
export async function converse(
  connection: Deno.Conn,
  { text, kept, pieces, isHalfClosed }: Conversation,
): Promise<string> {
  const all = new TextEncoder().encode(text);
  const bytes = all.subarray(0, Math.ceil(all.length * kept));
  const chunks: Uint8Array[] = [];
  const timer = setTimeout(() => connection.close(), LONGEST * 1000);
  const begun = performance.now();
  try {
    const reading = (async () => {
      const buffer = new Uint8Array(65536);
      for (;;) {
        const count = await connection.read(buffer).catch(() => null);
        if (count === null) return;
        chunks.push(buffer.slice(0, count));
      }
    })();
    const size = Math.ceil(bytes.length / pieces) || 1;
    try {
      for (let offset = 0; offset < bytes.length;) {
        offset += await connection.write(bytes.subarray(offset, Math.min(bytes.length, offset + size)));
      }
      if (isHalfClosed) await connection.closeWrite();
    } catch {
      // The server has heard enough.
    }
    await reading;
    assert(performance.now() - begun < LONGEST * 1000, `No end of the connection within ${LONGEST} s`);
  } finally {
    clearTimeout(timer);
    try {
      connection.close();
    } catch {
      // Closed by the timer.
    }
  }
  return new TextDecoder().decode(await new Blob(chunks.map((each) => new Uint8Array(each))).arrayBuffer());
}
