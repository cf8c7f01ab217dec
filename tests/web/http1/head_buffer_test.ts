import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { HttpError } from "../../../src/web/http_error.ts";
import { HeadBuffer } from "../../../src/web/http1/head_buffer.ts";
import { DEFAULT_HTTP_LIMITS } from "../../../src/web/http1/limits.ts";

/** Feeds text, as it would come off a socket, and takes every head there is after each piece. */
function feed(buffer: HeadBuffer, text: string): string[] {
  const heads: string[] = [];
  for (let offset = 0; offset < text.length;) {
    const room = buffer.room();
    const piece = text.slice(offset, offset + room.length);
    room.set(Uint8Array.from(piece, (character) => character.charCodeAt(0)));
    buffer.add(piece.length);
    offset += piece.length;
    for (let head = buffer.take(); head !== null; head = buffer.take()) heads.push(head);
  }
  return heads;
}

Deno.test("HeadBuffer hands out heads however they are cut", () => {
  const heads = [
    "GET / HTTP/1.1\r\nHost: a",
    "HEAD /x HTTP/1.1",
    `GET /${"y".repeat(3000)} HTTP/1.1\r\nA: \xff`,
  ];
  const text = heads.map((head) => `${head}\r\n\r\n`).join("");
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 2500 })), (lengths) => {
    const buffer = new HeadBuffer(DEFAULT_HTTP_LIMITS);
    const taken: string[] = [];
    let rest = text;
    for (const length of lengths) {
      taken.push(...feed(buffer, rest.slice(0, length)));
      rest = rest.slice(length);
    }
    taken.push(...feed(buffer, rest));
    assertEquals(taken, heads);
    assertEquals(buffer.isEmpty, true);
  }));
  const buffer = new HeadBuffer(DEFAULT_HTTP_LIMITS);
  assertEquals([...text].flatMap((character) => feed(buffer, character)), heads);
});

Deno.test("HeadBuffer passes over empty lines before a request", () => {
  const buffer = new HeadBuffer(DEFAULT_HTTP_LIMITS);
  assertEquals(feed(buffer, "\r\n\r\nGET / HTTP/1.1\r\n\r\n\r\nHEAD / HTTP/1.1\r\n\r\n"), [
    "GET / HTTP/1.1",
    "HEAD / HTTP/1.1",
  ]);
});

Deno.test("HeadBuffer refuses at once what cannot become a request", () => {
  for (
    const [text, status] of [
      ["\x16\x03\x01\x02\x00", 400],
      ["\0", 400],
      [" GET / HTTP/1.1\r\n", 400],
      ["GET / HTTP/1.1\n", 400],
      ["\n", 400],
      [`GET /${"a".repeat(8192)}`, 414],
      [`GET / HTTP/1.1\r\nX: ${"a".repeat(16384)}`, 431],
      [`GET / HTTP/1.1\r\n${"X: y\r\n".repeat(4000)}`, 431],
    ] as const
  ) {
    const error = assertThrows(() => feed(new HeadBuffer(DEFAULT_HTTP_LIMITS), text), HttpError);
    assertEquals(error.status, status, JSON.stringify(text.slice(0, 20)));
  }
});

Deno.test("HeadBuffer stays small, whatever is fed", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
    const buffer = new HeadBuffer(DEFAULT_HTTP_LIMITS);
    try {
      feed(buffer, String.fromCharCode(...bytes));
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
    }
    assertEquals(buffer.room().length > 0 && buffer.room().length <= 32 * 1024, true);
  }));
});
