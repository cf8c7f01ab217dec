const encoder = new TextEncoder();

/**
 * A short answer in words.
 *
 * @param sentence What to say; a line feed is added.
 * @param init Status (200 when absent) and further headers.
 * @returns A response whose length is known before it is sent.
 */
export function textResponse(
  sentence: string,
  init: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Response {
  const body = encoder.encode(`${sentence}\n`);
  return new Response(body, {
    status: init.status ?? 200,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "content-length": String(body.length),
      ...init.headers,
    },
  });
}
