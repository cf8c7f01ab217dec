import { assert, assertEquals } from "@std/assert";
import type { App } from "../../../src/web/handler.ts";
import type { ByteStream } from "../../../src/web/http1/byte_stream.ts";
import { HttpConnection } from "../../../src/web/http1/connection.ts";
import { DEFAULT_HTTP_LIMITS } from "../../../src/web/http1/limits.ts";

/** A client made of words: what it sends is read piece by piece, what it gets is kept. */
class ScriptedStream implements ByteStream {
  readonly #pieces: string[];
  readonly #closed = Promise.withResolvers<never>();
  readonly #isHungUp: boolean;
  /** Everything written, as text. */
  text = "";
  /** How often it was closed. */
  closes = 0;

  constructor(pieces: readonly string[], options: { readonly hangsUp: boolean }) {
    this.#pieces = [...pieces];
    this.#isHungUp = options.hangsUp;
    this.#closed.promise.catch(() => {});
  }

  read(into: Uint8Array): Promise<number | null> {
    const piece = this.#pieces.shift();
    if (piece === undefined) return this.#isHungUp ? Promise.resolve(null) : this.#closed.promise;
    into.set(new TextEncoder().encode(piece));
    return Promise.resolve(piece.length);
  }

  write(bytes: Uint8Array): Promise<number> {
    // Half at a time: a stream may take less than it is offered.
    const length = Math.ceil(bytes.length / 2);
    this.text += new TextDecoder().decode(bytes.subarray(0, length));
    return Promise.resolve(length);
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.closes++;
    this.#closed.reject(new Error("Closed"));
  }
}

/** A connection around a stream, on a clock that is moved by hand. */
function connectionOf(stream: ByteStream, app: App) {
  const time = { now: 0, closed: 0 };
  const clock = { monotonic: () => time.now, wall: () => 1_795_000_000, sleep: () => Promise.resolve() };
  const connection = new HttpConnection(stream, {
    app,
    clock,
    limits: DEFAULT_HTTP_LIMITS,
    onClose: () => time.closed++,
  });
  return { connection, time };
}

const ok: App = ({ url }) => {
  const { pathname } = new URL(url);
  return Promise.resolve(new Response(pathname, { headers: { "content-length": String(pathname.length) } }));
};
const turns = async () => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
};

Deno.test("HttpConnection answers requests in order, however they are cut", async () => {
  const stream = new ScriptedStream(
    [
      "GET /a HT",
      "TP/1.1\r\nHost: a\r\n\r",
      "\nGET /b HTTP/1.1\r\nHost: a\r\n\r\nGET /c HTTP/1.1\r\nHo",
      "st: a\r\n\r\n",
    ],
    { hangsUp: true },
  );
  const { connection, time } = connectionOf(stream, ok);
  await connection.run();
  assertEquals(stream.text.split("\r\n\r\n").map((part) => part.slice(0, 2)), ["HT", "/a", "/b", "/c"]);
  assertEquals([stream.closes, time.closed, connection.phase], [1, 1, "closed"]);
});

Deno.test("HttpConnection tells half a request that it came too slowly, once", async () => {
  const stream = new ScriptedStream(["GET / HTTP/1.1\r\n"], { hangsUp: false });
  const { connection, time } = connectionOf(stream, ok);
  const run = connection.run();
  await turns();
  time.now = DEFAULT_HTTP_LIMITS.headSeconds - 1;
  connection.checkDeadline();
  assertEquals([stream.closes, stream.text], [0, ""]);
  time.now = DEFAULT_HTTP_LIMITS.headSeconds;
  connection.checkDeadline();
  await run;
  assertEquals(stream.text.match(/HTTP\/1\.1 408 Request Timeout/g)?.length, 1);
  assertEquals([stream.closes, time.closed], [1, 1]);
});

Deno.test("HttpConnection rests longer than it reads, and ends without a word", async () => {
  const stream = new ScriptedStream(["GET /a HTTP/1.1\r\nHost: a\r\n\r\n"], { hangsUp: false });
  const { connection, time } = connectionOf(stream, ok);
  const run = connection.run();
  while (connection.phase !== "resting") await new Promise((resolve) => setTimeout(resolve, 1));
  const { length } = stream.text;
  time.now = DEFAULT_HTTP_LIMITS.headSeconds + 1;
  connection.checkDeadline();
  assertEquals(stream.closes, 0);
  time.now = DEFAULT_HTTP_LIMITS.idleSeconds;
  connection.checkDeadline();
  await run;
  assertEquals([stream.closes, stream.text.length], [1, length]);
});

Deno.test("HttpConnection drains: an answer in progress is the last one", async () => {
  const answer = Promise.withResolvers<Response>();
  const request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
  const stream = new ScriptedStream([request + request], { hangsUp: false });
  const { connection } = connectionOf(stream, () => answer.promise);
  const run = connection.run();
  await turns();
  assertEquals(connection.phase, "working");
  connection.drain();
  assertEquals(stream.closes, 0);
  answer.resolve(new Response("done", { headers: { "content-length": "4" } }));
  await run;
  assert(
    stream.text.includes("\r\nconnection: close\r\n") && stream.text.endsWith("\r\n\r\ndone"),
    stream.text,
  );
  assertEquals([stream.text.match(/HTTP\/1\.1 200/g)?.length, stream.closes], [1, 1]);
});

Deno.test("HttpConnection ends without an answer when a body breaks half-way", async () => {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("part"));
    },
    pull(controller) {
      controller.error(new Error("broken"));
    },
  }, { highWaterMark: 0 });
  const stream = new ScriptedStream(["GET / HTTP/1.1\r\nHost: a\r\n\r\n"], { hangsUp: true });
  const { connection } = connectionOf(stream, () => Promise.resolve(new Response(body)));
  await connection.run();
  assert(stream.text.includes("\r\n\r\n4\r\npart\r\n") && !stream.text.includes("\r\n0\r\n"), stream.text);
});
