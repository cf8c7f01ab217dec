import { type AcceptClause, parseAccept } from "./accept_header.ts";
import { OPENMETRICS_CONTENT_TYPE } from "./openmetrics.ts";
import { TEXT_CONTENT_TYPE } from "./text.ts";

/** A format and its content type. */
export interface NegotiatedFormat {
  /** The encoder to use. */
  readonly format: "text" | "openmetrics";
  /** Value of the `Content-Type` header. */
  readonly contentType: string;
}

/** A supported format as `Accept` names it. */
interface FormatOffer {
  readonly mediaType: string;
  readonly version: string;
}

/** How well a clause matches an offer. */
interface OfferMatch {
  readonly clause: AcceptClause;
  /** Position in the header. */
  readonly position: number;
  /** 0 any type, 1 any subtype, 2 the media type, 3 the media type with our version. */
  readonly specificity: number;
}

const TEXT_OFFER: FormatOffer = { mediaType: "text/plain", version: "0.0.4" };
const OPENMETRICS_OFFER: FormatOffer = { mediaType: "application/openmetrics-text", version: "1.0.0" };

/**
 * Chooses the format of a page.
 *
 * Each format gets the weight of the most specific clause that matches it (RFC 9110, section 12.5.1); a clause with
 * an unsupported version does not match. The format of higher weight wins, then the one requested more specifically,
 * then the one requested first. Everyone else gets text format 0.0.4, even when only unsupported formats are requested.
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
 * @returns The format and its content type, with `escaping` when the accepted clause names one: no name here needs
 * escaping, so all schemes give the same.
 */
export function negotiateFormat(accept: string | null): NegotiatedFormat {
  const clauses = accept === null ? [] : parseAccept(accept);
  const text = bestMatch(clauses, TEXT_OFFER);
  const openMetrics = bestMatch(clauses, OPENMETRICS_OFFER);
  if (openMetrics === null || !isPreferred(openMetrics, text)) {
    return { format: "text", contentType: TEXT_CONTENT_TYPE };
  }
  const escaping = openMetrics.clause.parameters.has("escaping") ? "; escaping=underscores" : "";
  return { format: "openmetrics", contentType: `${OPENMETRICS_CONTENT_TYPE}${escaping}` };
}

/**
 * Chooses the content coding of a page.
 *
 * @param acceptEncoding The `Accept-Encoding` header; `null` when there is none.
 * @returns `gzip` when it is accepted with at least the weight of `identity`.
 */
export function negotiateEncoding(acceptEncoding: string | null): "gzip" | "identity" {
  const clauses = acceptEncoding === null ? [] : parseAccept(acceptEncoding);
  const qualityOf = (...tokens: string[]) => clauses.find(({ token }) => tokens.includes(token))?.quality;
  const gzip = qualityOf("gzip", "x-gzip") ?? qualityOf("*") ?? 0;
  const identity = qualityOf("identity") ?? 0;
  return gzip > 0 && gzip >= identity ? "gzip" : "identity";
}

function bestMatch(clauses: readonly AcceptClause[], offer: FormatOffer): OfferMatch | null {
  let best: OfferMatch | null = null;
  for (const [position, clause] of clauses.entries()) {
    const specificity = specificityOf(clause, offer);
    if (specificity === null) continue;
    const isBetter = best === null || specificity > best.specificity ||
      (specificity === best.specificity && clause.quality > best.clause.quality);
    if (isBetter) best = { clause, position, specificity };
  }
  return best;
}

function specificityOf({ token, parameters }: AcceptClause, offer: FormatOffer): number | null {
  const version = parameters.get("version");
  if (version !== undefined && version !== offer.version) return null;
  const charset = parameters.get("charset");
  if (charset !== undefined && charset.toLowerCase() !== "utf-8") return null;
  if (token === offer.mediaType) return version === undefined ? 2 : 3;
  if (token === `${offer.mediaType.split("/")[0]}/*`) return 1;
  return token === "*/*" ? 0 : null;
}

function isPreferred(openMetrics: OfferMatch, text: OfferMatch | null): boolean {
  const quality = openMetrics.clause.quality;
  if (quality === 0) return false;
  if (text === null) return true;
  if (quality !== text.clause.quality) return quality > text.clause.quality;
  if (openMetrics.specificity !== text.specificity) return openMetrics.specificity > text.specificity;
  return openMetrics.position < text.position;
}
