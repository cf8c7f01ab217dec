import type { Clock } from "../../domain/clock.ts";
import type { App } from "../handler.ts";
import { errorResponse, HttpError } from "../http_error.ts";
import { setSecurityHeaders } from "../middleware/security_headers.ts";
import type { ByteStream } from "./byte_stream.ts";
import { HeadBuffer } from "./head_buffer.ts";
import type { HttpLimits } from "./limits.ts";
import { parseRequestHead, type RequestHead } from "./request_head.ts";
import { concatenate, encodeChunk, encodeResponseHead, type Framing } from "./response_bytes.ts";

/** What a connection works with. */
export interface ConnectionOptions {
  /** Answers its requests. */
  readonly app: App;
  /** For deadlines and the `Date` header. */
  readonly clock: Clock;
  /** What the client may ask of us. */
  readonly limits: HttpLimits;
  /** Told once when it has ended. */
  readonly onClose: (connection: HttpConnection) => void;
}

/** Resting between requests, reading a header, working on an answer, writing it, saying goodbye, over. */
export type ConnectionPhase = "resting" | "reading" | "working" | "writing" | "lingering" | "closed";

/** A write is cut into pieces of this size, so that its deadline is about progress. */
const PIECE_BYTES = 64 * 1024;
/** How long, in seconds, and how much is read after the last answer, so that the client gets to see it. */
const LINGER_SECONDS = 1;
const LINGER_BYTES = 1024 * 1024;

/** One client's connection: requests one after the other, each wait with a deadline. */
export class HttpConnection {
  readonly #stream: ByteStream;
  readonly #options: ConnectionOptions;
  readonly #input: HeadBuffer;
  #phase: ConnectionPhase = "reading";
  /** When the present phase began, on the monotonic clock, seconds. */
  #since = 0;
  /** When the present phase must have ended. */
  #deadline = 0;
  #isDraining = false;

  /** Takes over a stream, which it closes in the end. */
  constructor(stream: ByteStream, options: ConnectionOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#input = new HeadBuffer(options.limits);
    this.#enter("reading", options.limits.headSeconds);
  }

  /** What it is doing. */
  get phase(): ConnectionPhase {
    return this.#phase;
  }

  /** Since when, on the monotonic clock, seconds. */
  get since(): number {
    return this.#since;
  }

  /** Serves until either side ends the connection. Never rejects: a client that goes away is no failure. */
  async run(): Promise<void> {
    try {
      while (await this.#serveOne());
    } catch {
      // The stream broke or a deadline closed it; nobody is left to tell.
    } finally {
      this.close();
    }
  }

  /** Ends it now, whatever it is doing. */
  close(): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    try {
      this.#stream.close();
    } catch {
      // Closed by the other side already.
    }
    this.#options.onClose(this);
  }

  /** Lets the answer in progress be the last, and ends at once when there is none. */
  drain(): void {
    this.#isDraining = true;
    if (this.#phase !== "working" && this.#phase !== "writing") this.close();
  }

  /** Ends it when its deadline has passed; a half request is told so with 408. */
  checkDeadline(): void {
    if (this.#now() < this.#deadline) return;
    if (this.#phase !== "reading" || this.#input.isEmpty) return this.close();
    const { headSeconds } = this.#options.limits;
    const refusal = new HttpError(408, `The request header did not end within ${headSeconds} s`);
    this.#refuse(refusal).catch(() => {}).finally(() => this.close());
  }

  /** Serves one request. Returns whether another may follow. */
  async #serveOne(): Promise<boolean> {
    let head: RequestHead | null;
    try {
      head = await this.#readHead();
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      await this.#refuse(error);
      await this.#linger();
      return false;
    }
    if (head === null) return false;
    const { limits, app } = this.#options;
    this.#enter("working", limits.answerSeconds);
    const response = await app(head.request);
    const keepAlive = await this.#writeResponse(response, head);
    if (keepAlive) {
      if (this.#input.isEmpty) this.#enter("resting", limits.idleSeconds);
      else this.#enter("reading", limits.headSeconds);
      return true;
    }
    if (!this.#isDraining) await this.#linger();
    return false;
  }

  async #readHead(): Promise<RequestHead | null> {
    const { limits } = this.#options;
    for (;;) {
      const text = this.#input.take();
      if (text !== null) return parseRequestHead(text, limits);
      const length = await this.#stream.read(this.#input.room());
      // The sweep may have refused the request meanwhile: whatever comes now is too late.
      if (length === null || (this.#phase !== "reading" && this.#phase !== "resting")) return null;
      if (this.#phase === "resting") this.#enter("reading", limits.headSeconds);
      this.#input.add(length);
    }
  }

  async #refuse(error: HttpError): Promise<void> {
    this.#enter("writing", this.#options.limits.writeSeconds);
    const response = setSecurityHeaders(errorResponse(error));
    const head = encodeResponseHead(response, { framing: "length", connection: "close", date: this.#date() });
    await this.#write(concatenate(head, await response.bytes()));
  }

  /** Writes a response. Returns whether the connection may go on. */
  async #writeResponse(response: Response, { request, isHttp11, keepAlive }: RequestHead): Promise<boolean> {
    const hasBody = response.body !== null && request.method !== "HEAD";
    const framing: Framing = !hasBody || response.headers.has("content-length")
      ? "length"
      : isHttp11
      ? "chunked"
      : "close";
    const goesOn = keepAlive && framing !== "close" && !this.#isDraining;
    const connection = goesOn ? (isHttp11 ? null : "keep-alive") : "close";
    const head = encodeResponseHead(response, { framing, connection, date: this.#date() });
    this.#enter("writing", this.#options.limits.writeSeconds);
    if (!hasBody) {
      await this.#write(head);
    } else if (framing === "length") {
      await this.#write(concatenate(head, await response.bytes()));
    } else {
      await this.#write(head);
      const wrap = framing === "chunked" ? encodeChunk : (piece: Uint8Array) => piece;
      for await (const piece of response.body ?? []) if (piece.length > 0) await this.#write(wrap(piece));
      if (framing === "chunked") await this.#write(encodeChunk(new Uint8Array(0)));
    }
    return goesOn;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length;) {
      this.#deadline = this.#now() + this.#options.limits.writeSeconds;
      offset += await this.#stream.write(bytes.subarray(offset, offset + PIECE_BYTES));
    }
  }

  /** Reads what the client still sends: closing with bytes unread would reset the connection, and the answer with it. */
  async #linger(): Promise<void> {
    this.#enter("lingering", LINGER_SECONDS);
    await this.#stream.closeWrite();
    const scratch = new Uint8Array(16 * 1024);
    for (let left = LINGER_BYTES; left > 0;) {
      const length = await this.#stream.read(scratch);
      if (length === null) return;
      left -= length;
    }
  }

  #enter(phase: ConnectionPhase, seconds: number): void {
    if (this.#phase === "closed") throw new Deno.errors.Interrupted("Cannot go on: the connection is closed");
    this.#phase = phase;
    this.#since = this.#now();
    this.#deadline = this.#since + seconds;
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }

  #date(): string {
    return formatHttpDate(this.#options.clock.wall());
  }
}

let formatted = { second: NaN, text: "" };

/** The `Date` header; formatted once per second. */
function formatHttpDate(unixSeconds: number): string {
  const second = Math.floor(unixSeconds);
  if (second !== formatted.second) formatted = { second, text: new Date(second * 1000).toUTCString() };
  return formatted.text;
}
