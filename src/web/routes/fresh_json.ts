import { negotiateEncoding } from "../../exposition/negotiate.ts";
import { HttpError } from "../http_error.ts";
import { compress, encodeText, sharedBodyResponse } from "../responses.ts";
import { readQuery } from "./parameters.ts";

/** Maximum age of the view, seconds; absent: as recent as it is. */
export interface FreshView {
  /** Maximum age of a cached view, seconds. */
  readonly maxAgeSeconds: number;
}

/**
 * Answers with JSON about the current view; with `?fresh=true` data is collected first.
 *
 * @param request The request.
 * @param options `collect` collects, unless the data is fresh; `render` is the JSON, null until the first collection has
 *   finished.
 * @throws {HttpError} 400 for another parameter, 503 until the first collection has finished.
 */
export async function answerJson(
  { headers, url }: Request,
  { collect, render }: {
    readonly collect: () => Promise<unknown>;
    readonly render: (of?: FreshView) => string | null;
  },
): Promise<Response> {
  const { fresh = "false" } = readQuery(new URL(url).searchParams, ["fresh"]);
  if (fresh !== "true" && fresh !== "false") {
    throw new HttpError(400, "Parameter fresh must be true or false");
  }
  if (fresh === "true") await collect();
  const text = fresh === "true" ? render({ maxAgeSeconds: 0 }) : render();
  if (text === null) {
    throw new HttpError(503, "No report yet: the first collection has not finished", { retryAfter: 1 });
  }
  const isGzip = negotiateEncoding(headers.get("accept-encoding")) === "gzip";
  const json = encodeText(text);
  return sharedBodyResponse(isGzip ? await compress(json) : json, {
    "content-type": "application/json",
    "cache-control": "no-store",
    "vary": "Accept-Encoding",
    ...(isGzip ? { "content-encoding": "gzip" } : {}),
  });
}
