import { type AcceptClause, parseAccept } from "./accept_header.ts";
import { OPENMETRICS_CONTENT_TYPE } from "./openmetrics.ts";
import { TEXT_CONTENT_TYPE } from "./text.ts";

/** A format and how to announce it. */
export interface NegotiatedFormat {
  /** Which encoder to use. */
  readonly format: "text" | "openmetrics";
  /** Value of the `Content-Type` header. */
  readonly contentType: string;
}

/** One of our formats as `Accept` names it. */
interface Offer {
  readonly mediaType: string;
  readonly version: string;
}

/** How well a clause fits an offer. */
interface Match {
  readonly clause: AcceptClause;
  /** Position in the header. */
  readonly position: number;
  /** 0 anything, 1 any of the type, 2 the media type, 3 the media type with our version. */
  readonly specificity: number;
}

const TEXT: Offer = { mediaType: "text/plain", version: "0.0.4" };
const OPENMETRICS: Offer = { mediaType: "application/openmetrics-text", version: "1.0.0" };

/**
 * Chooses the format of a page.
 *
 * Each format gets the weight of the most specific clause that fits it (RFC 9110, section 12.5.1); a clause with
 * another version than ours does not fit. The heavier format wins, then the one more specifically asked for, then the
 * one asked for first. Text format 0.0.4 is what everyone else gets, also one who asks for something we do not have.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const { format, contentType } = negotiateFormat("application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
 * assertEquals(format, "openmetrics");
 * assertEquals(contentType, "application/openmetrics-text; version=1.0.0; charset=utf-8");
 * ```
 *
 * @param accept The `Accept` header; `null` when there is none.
 * @returns The format and its content type, with `escaping` when the accepted clause names one: all our names are
 * plain already, so every scheme means the same.
 */
export function negotiateFormat(accept: string | null): NegotiatedFormat {
  const clauses = accept === null ? [] : parseAccept(accept);
  const text = bestMatch(clauses, TEXT);
  const openMetrics = bestMatch(clauses, OPENMETRICS);
  if (openMetrics === null || !isPreferred(openMetrics, text)) {
    return { format: "text", contentType: TEXT_CONTENT_TYPE };
  }
  const escaping = openMetrics.clause.parameters.has("escaping") ? "; escaping=underscores" : "";
  return { format: "openmetrics", contentType: `${OPENMETRICS_CONTENT_TYPE}${escaping}` };
}

/**
 * Chooses the coding of a page.
 *
 * @param acceptEncoding The `Accept-Encoding` header; `null` when there is none.
 * @returns `gzip` when it is accepted and no less welcome than `identity`.
 */
export function negotiateEncoding(acceptEncoding: string | null): "gzip" | "identity" {
  const clauses = acceptEncoding === null ? [] : parseAccept(acceptEncoding);
  const qualityOf = (...tokens: string[]) => clauses.find(({ token }) => tokens.includes(token))?.quality;
  const gzip = qualityOf("gzip", "x-gzip") ?? qualityOf("*") ?? 0;
  const identity = qualityOf("identity") ?? 0;
  return gzip > 0 && gzip >= identity ? "gzip" : "identity";
}

function bestMatch(clauses: readonly AcceptClause[], offer: Offer): Match | null {
  let best: Match | null = null;
  for (const [position, clause] of clauses.entries()) {
    const specificity = specificityOf(clause, offer);
    if (specificity === null) continue;
    const isBetter = best === null || specificity > best.specificity ||
      (specificity === best.specificity && clause.quality > best.clause.quality);
    if (isBetter) best = { clause, position, specificity };
  }
  return best;
}

function specificityOf({ token, parameters }: AcceptClause, offer: Offer): number | null {
  const version = parameters.get("version");
  if (version !== undefined && version !== offer.version) return null;
  const charset = parameters.get("charset");
  if (charset !== undefined && charset.toLowerCase() !== "utf-8") return null;
  if (token === offer.mediaType) return version === undefined ? 2 : 3;
  if (token === `${offer.mediaType.split("/")[0]}/*`) return 1;
  return token === "*/*" ? 0 : null;
}

function isPreferred(openMetrics: Match, text: Match | null): boolean {
  const quality = openMetrics.clause.quality;
  if (quality === 0) return false;
  if (text === null) return true;
  if (quality !== text.clause.quality) return quality > text.clause.quality;
  if (openMetrics.specificity !== text.specificity) return openMetrics.specificity > text.specificity;
  return openMetrics.position < text.position;
}
