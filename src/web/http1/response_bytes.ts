import { STATUS_TEXT } from "./status_text.ts";

const encoder = new TextEncoder();

/** How a body's end is told: by its length, in chunks, or by the end of the connection. */
export type Framing = "length" | "chunked" | "close";

/**
 * The status line and header fields of a response, with the empty line.
 *
 * @param response The response.
 * @param options `framing` of the body; `connection`: value of `Connection`, or null for none; `date`: value of `Date`.
 */
export function encodeResponseHead(
  response: Response,
  options: {
    readonly framing: Framing;
    readonly connection: "close" | "keep-alive" | null;
    readonly date: string;
  },
): Uint8Array<ArrayBuffer> {
  let text = `HTTP/1.1 ${response.status} ${STATUS_TEXT.get(response.status) ?? ""}\r\n`;
  for (const [name, value] of response.headers) text += `${name}: ${value}\r\n`;
  if (options.framing === "chunked") text += "transfer-encoding: chunked\r\n";
  if (options.connection) text += `connection: ${options.connection}\r\n`;
  return encodeLatin1(`${text}date: ${options.date}\r\n\r\n`);
}

/**
 * One chunk of a chunked body; an empty piece is the last one.
 *
 * @param piece The bytes.
 */
export function encodeChunk(piece: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatenate(encoder.encode(`${piece.length.toString(16)}\r\n`), piece, encoder.encode("\r\n"));
}

/**
 * Bytes one after the other.
 *
 * @param pieces The bytes.
 */
export function concatenate(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

/** Header values are byte strings: one character is one byte, also beyond ASCII. */
function encodeLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  const { read, written } = encoder.encodeInto(text, bytes);
  if (read === text.length && written === text.length) return bytes;
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}
