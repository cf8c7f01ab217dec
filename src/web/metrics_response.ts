import { negotiateEncoding, negotiateFormat } from "../exposition/negotiate.ts";
import { renderOpenMetrics } from "../exposition/openmetrics.ts";
import { renderText } from "../exposition/text.ts";
import type { Family } from "../metrics/family.ts";
import { compress, encodeText, sharedBodyResponse } from "./responses.ts";

/** The bodies of one array of families, by format and content coding. */
type MetricsBodies = Map<string, Promise<Uint8Array<ArrayBuffer>>>;

/**
 * Makes responses with metrics in the format and content coding that the client accepts.
 *
 * Each form is encoded once: a scraper returns the same array for scrapes that follow shortly after one another, and
 * its bodies are kept as long as the array.
 *
 * @returns A function from families and request headers to the response.
 */
export function metricsResponder(): (families: readonly Family[], headers: Headers) => Promise<Response> {
  const kept = new WeakMap<readonly Family[], MetricsBodies>();
  return async (families, headers) => {
    const { format, contentType } = negotiateFormat(headers.get("accept"));
    const isGzip = negotiateEncoding(headers.get("accept-encoding")) === "gzip";
    const bodies: MetricsBodies = kept.get(families) ?? new Map();
    kept.set(families, bodies);
    const once = (key: string, make: () => Promise<Uint8Array<ArrayBuffer>>) => {
      const body = bodies.get(key) ?? make();
      bodies.set(key, body);
      return body;
    };
    const plain = once(format, () => {
      const render = format === "text" ? renderText : renderOpenMetrics;
      return Promise.resolve(encodeText(render(families)));
    });
    const body = isGzip ? once(`${format} gzip`, async () => await compress(await plain)) : plain;
    return sharedBodyResponse(await body, {
      "content-type": contentType,
      "vary": "Accept, Accept-Encoding",
      ...(isGzip ? { "content-encoding": "gzip" } : {}),
    });
  };
}
