import { gzip } from "node:zlib";

const encoder = new TextEncoder();
const sharedBodies = new WeakMap<Response, Uint8Array<ArrayBuffer>>();

/**
 * Text as UTF-8.
 *
 * @param text The text.
 */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/**
 * A response with a whole text as its body; its length is known before it is sent.
 *
 * @param text The body.
 * @param type Content type.
 * @param init Status (200 when absent) and further headers.
 */
export function bodyResponse(
  text: string,
  type: string,
  { status = 200, headers = {} }: {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Response {
  const body = encodeText(text);
  return new Response(body, {
    status,
    headers: { "content-type": type, "content-length": String(body.length), ...headers },
  });
}

/**
 * A sentence as plain text.
 *
 * @param sentence The sentence; a line feed is added.
 * @param init Status (200 when absent) and further headers.
 */
export function textResponse(
  sentence: string,
  init: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Response {
  return bodyResponse(`${sentence}\n`, "text/plain; charset=utf-8", init);
}

/**
 * A response that shares its body with others. `new Response(bytes)` and reading it copy the bytes twice, at 64 KB two
 * fifths of the work of a scrape from memory; here they are copied only when the body is read.
 *
 * @param bytes The whole body; it must not be changed any more.
 * @param headers Header fields; `content-length` is added.
 * @returns A response with status 200, whose bytes {@linkcode sharedBodyOf} returns.
 */
export function sharedBodyResponse(
  bytes: Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>>,
): Response {
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(bytes.slice());
      controller.close();
    },
  }, { highWaterMark: 0 });
  const response = new Response(body, { headers: { ...headers, "content-length": String(bytes.length) } });
  sharedBodies.set(response, bytes);
  return response;
}

/**
 * The bytes of a response made by {@linkcode sharedBodyResponse}.
 *
 * @param response The response.
 * @returns The whole body, which must not be changed; `undefined` for any other response.
 */
export function sharedBodyOf(response: Response): Uint8Array<ArrayBuffer> | undefined {
  return sharedBodies.get(response);
}

/** Metrics shrink to a seventh; zlib's default of 6 takes half as long again for a twentieth less. */
const GZIP_LEVEL = 3;

/**
 * Compresses a body with gzip, outside of the event loop: streams of the web would take twice the processor time.
 *
 * @param body The whole body.
 */
export async function compress(body: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
  gzip(
    body,
    { level: GZIP_LEVEL },
    (error, packed) => error ? reject(error) : resolve(new Uint8Array(packed)),
  );
  return await promise;
}
