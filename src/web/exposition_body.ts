import { renderOpenMetrics } from "../exposition/openmetrics.ts";
import { renderText } from "../exposition/text.ts";
import type { Family } from "../metrics/family.ts";
import { compress } from "./compress.ts";

/** A form of the page. */
export interface BodyForm {
  /** The exposition format. */
  readonly format: "text" | "openmetrics";
  /** The content coding. */
  readonly encoding: "gzip" | "identity";
}

/** The bodies made from one array of families, by form. */
type Bodies = Map<string, Promise<Uint8Array<ArrayBuffer>>>;

const encoder = new TextEncoder();

/**
 * Encodes families, each form once: a scraper hands the same array to scrapes that come close together, and what was
 * made from it is kept for as long as the array is.
 *
 * @returns A function from families and form to the whole body. The body is shared: do not write to it.
 */
export function createBodyEncoder(): (
  families: readonly Family[],
  form: BodyForm,
) => Promise<Uint8Array<ArrayBuffer>> {
  const kept = new WeakMap<readonly Family[], Bodies>();
  return (families, form) => {
    let bodies = kept.get(families);
    if (!bodies) kept.set(families, bodies = new Map());
    return bodyOf(families, form, bodies);
  };
}

function bodyOf(
  families: readonly Family[],
  form: BodyForm,
  bodies: Bodies,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = `${form.format} ${form.encoding}`;
  const known = bodies.get(key);
  if (known) return known;
  const made = encode(families, form, bodies);
  bodies.set(key, made);
  return made;
}

async function encode(families: readonly Family[], form: BodyForm, bodies: Bodies) {
  if (form.encoding === "gzip") {
    return await compress(await bodyOf(families, { ...form, encoding: "identity" }, bodies));
  }
  return encoder.encode(form.format === "text" ? renderText(families) : renderOpenMetrics(families));
}
