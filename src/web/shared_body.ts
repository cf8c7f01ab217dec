const shared = new WeakMap<Response, Uint8Array<ArrayBuffer>>();

/**
 * A response whose body many responses share. `new Response(bytes)` copies them and reading it copies them again, which
 * at 64 KB is two fifths of all the work of a scrape from memory; here they are copied only when the body is read.
 *
 * @param bytes The whole body; not to be written to any more.
 * @param headers Header fields; `content-length` is added.
 * @returns A response of status 200, whose bytes {@linkcode sharedBodyOf} knows.
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
  shared.set(response, bytes);
  return response;
}

/**
 * The bytes of a response made by {@linkcode sharedBodyResponse}.
 *
 * @param response The response.
 * @returns The whole body, not to be written to; `undefined` when it was made otherwise.
 */
export function sharedBodyOf(response: Response): Uint8Array<ArrayBuffer> | undefined {
  return shared.get(response);
}
