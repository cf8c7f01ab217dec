import { assertEquals } from "@std/assert";
import { concatenate, encodeChunk, encodeResponseHead } from "../../../src/web/http1/response_bytes.ts";

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes);
const DATE = "Sat, 21 Nov 2026 07:00:00 GMT";

Deno.test("encodeResponseHead() writes status, fields, framing and connection", () => {
  const response = new Response(null, { status: 404, headers: { "x-b": "2", "x-a": "caf\xe9" } });
  const cases = [
    ["length", null, ""],
    ["chunked", "close", "transfer-encoding: chunked\r\nconnection: close\r\n"],
    ["close", "close", "connection: close\r\n"],
    ["length", "keep-alive", "connection: keep-alive\r\n"],
  ] as const;
  for (const [framing, connection, lines] of cases) {
    assertEquals(
      latin1(encodeResponseHead(response, { framing, connection, date: DATE })),
      `HTTP/1.1 404 Not Found\r\nx-a: caf\xe9\r\nx-b: 2\r\n${lines}date: ${DATE}\r\n\r\n`,
    );
  }
});

Deno.test("encodeResponseHead() does without a phrase it does not know", () => {
  const head = encodeResponseHead(new Response(null, { status: 299 }), {
    framing: "length",
    connection: null,
    date: DATE,
  });
  assertEquals(latin1(head).split("\r\n")[0], "HTTP/1.1 299 ");
});

Deno.test("encodeChunk() writes length in hexadecimal, and the last chunk for nothing", () => {
  assertEquals(latin1(encodeChunk(new Uint8Array(26).fill(97))), `1a\r\n${"a".repeat(26)}\r\n`);
  assertEquals(latin1(encodeChunk(new Uint8Array(0))), "0\r\n\r\n");
});

Deno.test("concatenate() keeps order", () => {
  assertEquals([...concatenate(Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3))], [1, 2, 3]);
});
