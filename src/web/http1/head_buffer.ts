import { Buffer } from "node:buffer";
import type { HttpLimits } from "./limits.ts";
import { headTooLarge, malformed, uriTooLong } from "./request_head.ts";

const CR = 0x0d;
const LF = 0x0a;
const TLS_HANDSHAKE = 0x16;
const INITIAL_BYTES = 2048;

/** What a connection has sent and nobody has taken yet; hands out one request header at a time. */
export class HeadBuffer {
  readonly #limits: HttpLimits;
  #bytes = new Uint8Array(INITIAL_BYTES);
  /** Where the unread bytes begin. */
  #start = 0;
  /** Up to where line ends have been looked for. */
  #scanned = 0;
  /** Where the unread bytes end. */
  #end = 0;
  /** Whether the request line is complete. */
  #hasLine = false;

  /** Makes an empty buffer with these bounds. */
  constructor(limits: HttpLimits) {
    this.#limits = limits;
  }

  /** Whether nothing is waiting in it. */
  get isEmpty(): boolean {
    return this.#start === this.#end;
  }

  /** Room to read into; never empty, since {@linkcode HeadBuffer.take} refuses what outgrows the bounds. */
  room(): Uint8Array {
    if (this.isEmpty) this.#start = this.#scanned = this.#end = 0;
    if (this.#start > 0 && this.#end === this.#bytes.length) this.#shift();
    if (this.#end === this.#bytes.length) this.#grow();
    return this.#bytes.subarray(this.#end);
  }

  /**
   * Counts bytes that were read into {@linkcode HeadBuffer.room}.
   *
   * @param length How many.
   */
  add(length: number): void {
    this.#end += length;
  }

  /**
   * Takes the next request header out, if it is complete.
   *
   * @returns Request line and fields without the empty line, one character per byte; `null` when more must come.
   * @throws {HttpError} 400, 414 or 431 as soon as it is clear that nothing good can come.
   */
  take(): string | null {
    this.#skipEmptyLines();
    this.#checkFirstByte();
    for (; this.#scanned < this.#end; this.#scanned++) {
      if (this.#bytes[this.#scanned] !== LF) continue;
      if (this.#bytes[this.#scanned - 1] !== CR) throw malformed("a line ends in LF without CR before it");
      this.#hasLine = true;
      if (this.#bytes[this.#scanned - 2] === LF) return this.#takeUntil(this.#scanned + 1);
    }
    this.#checkSize(this.#end);
    return null;
  }

  /** RFC 9112 section 2.2: empty lines before a request line are passed over. */
  #skipEmptyLines(): void {
    if (this.#hasLine) return;
    while (
      this.#bytes[this.#start] === CR && this.#bytes[this.#start + 1] === LF && this.#start + 1 < this.#end
    ) {
      this.#start += 2;
    }
    this.#scanned = Math.max(this.#scanned, this.#start);
  }

  #checkFirstByte(): void {
    const first = this.#bytes[this.#start];
    if (this.isEmpty || first === undefined) return;
    if (first === TLS_HANDSHAKE) {
      throw malformed("this looks like TLS, but plain HTTP is spoken here: use http://");
    }
    if ((first <= 0x20 && first !== CR) || first >= 0x7f) throw malformed("it does not begin with a method");
  }

  #checkSize(end: number): void {
    const length = end - this.#start;
    if (!this.#hasLine && length > this.#limits.requestLineBytes) throw uriTooLong(this.#limits);
    if (length > this.#limits.headBytes) throw headTooLarge(this.#limits);
  }

  #takeUntil(end: number): string {
    this.#checkSize(end);
    const text = Buffer.from(this.#bytes.buffer, this.#start, end - 4 - this.#start).toString("latin1");
    this.#start = this.#scanned = end;
    this.#hasLine = false;
    return text;
  }

  #shift(): void {
    this.#bytes.copyWithin(0, this.#start, this.#end);
    this.#scanned -= this.#start;
    this.#end -= this.#start;
    this.#start = 0;
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
