/**
 * Messages of PostgreSQL's protocol, as a server reads and writes them.
 * {@link https://www.postgresql.org/docs/current/protocol-message-formats.html}
 *
 * @module
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Every value is sent as text. */
const TEXT_OID = 25;

/** Collects messages for one write. */
export class MessageWriter {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #start = 0;

  /** Begins a message; {@linkcode MessageWriter.end} ends it. */
  begin(type: string): this {
    this.#reserve(5);
    this.#bytes[this.#length] = type.charCodeAt(0);
    this.#start = this.#length + 1;
    this.#length += 5;
    return this;
  }

  /** Ends a message. */
  end(): this {
    this.#view.setInt32(this.#start, this.#length - this.#start);
    return this;
  }

  /** A number of 16 bits. */
  int16(value: number): this {
    this.#reserve(2);
    this.#view.setInt16(this.#length, value);
    this.#length += 2;
    return this;
  }

  /** A number of 32 bits. */
  int32(value: number): this {
    this.#reserve(4);
    this.#view.setInt32(this.#length, value);
    this.#length += 4;
    return this;
  }

  /** Text with a zero at its end. */
  text(value: string): this {
    this.#append(value);
    this.#reserve(1);
    this.#bytes[this.#length++] = 0;
    return this;
  }

  /** A message whose body is one text. */
  textMessage(type: string, value: string): this {
    return this.begin(type).text(value).end();
  }

  /** A message without a body. */
  emptyMessage(type: string): this {
    return this.begin(type).end();
  }

  /** ReadyForQuery, outside a transaction. */
  ready(): this {
    this.begin("Z");
    this.#append("I");
    return this.end();
  }

  /** RowDescription; all columns are text. */
  columns(names: readonly string[]): this {
    this.begin("T").int16(names.length);
    for (const name of names) this.text(name).int32(0).int16(0).int32(TEXT_OID).int16(-1).int32(-1).int16(0);
    return this.end();
  }

  /** DataRow. */
  row(values: readonly (string | null)[]): this {
    this.begin("D").int16(values.length);
    for (const value of values) {
      this.int32(-1);
      if (value !== null) this.#view.setInt32(this.#length - 4, this.#append(value));
    }
    return this.end();
  }

  /** ErrorResponse. */
  error({ severity, code, message }: Readonly<Record<"severity" | "code" | "message", string>>): this {
    this.begin("E").text(`S${severity}`).text(`V${severity}`).text(`C${code}`).text(`M${message}`);
    return this.text("").end();
  }

  /** What was collected, and starts anew. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  /** Appends text without an end; returns its length in bytes. */
  #append(value: string): number {
    this.#reserve(value.length * 3);
    const { written } = encoder.encodeInto(value, this.#bytes.subarray(this.#length));
    this.#length += written;
    return written;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** One message of a client: its type and what follows the length. */
export interface ClientMessage {
  /** One letter; "" for the first message of a connection, which has none. */
  readonly type: string;
  /** What follows the length. */
  readonly body: Uint8Array;
}

/** Cuts what a client sends into messages. */
export class MessageReader {
  #bytes = new Uint8Array(0);
  #isFirst = true;

  /** Takes bytes, and yields the messages that are complete. */
  *read(bytes: Uint8Array): Generator<ClientMessage> {
    const all = new Uint8Array(this.#bytes.length + bytes.length);
    all.set(this.#bytes);
    all.set(bytes, this.#bytes.length);
    const view = new DataView(all.buffer);
    let at = 0;
    for (;;) {
      const head = this.#isFirst ? 0 : 1;
      if (at + head + 4 > all.length) break;
      const end = at + head + view.getInt32(at + head);
      if (end > all.length) break;
      const type = head === 0 ? "" : String.fromCharCode(all[at] ?? 0);
      const body = all.subarray(at + head + 4, end);
      at = end;
      // After a request for TLS the startup message still follows.
      if (this.#isFirst && startupCode(body) !== SSL_REQUEST) this.#isFirst = false;
      yield { type, body };
    }
    this.#bytes = all.slice(at);
  }
}

/** Code of a request for TLS. */
export const SSL_REQUEST = 80877103;

/** Code of the first message of a connection. */
export function startupCode(body: Uint8Array): number {
  return new DataView(body.buffer, body.byteOffset).getInt32(0);
}

/** The texts with a zero at their ends at the beginning of a message. */
export function readTexts(body: Uint8Array, count: number): readonly string[] {
  return decoder.decode(body).split("\0", count);
}
