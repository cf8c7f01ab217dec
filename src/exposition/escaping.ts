/**
 * Families written as text: Prometheus text format 0.0.4 and OpenMetrics 1.0, and the choice between them.
 *
 * Encoders trust their input and keep its order: `gatherFamilies` has checked and sorted it.
 *
 * @module
 */

// A test costs a fraction of a replacement, and hardly any text needs one.
const NEEDS_ESCAPE = /[\\\n"]/;
const NEEDS_HELP_ESCAPE = /[\\\n]/;

/**
 * Escapes `\`, line feed and `"`: label values of both formats, and HELP of OpenMetrics.
 *
 * @param text Any text.
 * @returns The text to put between double quotes.
 */
export function escapeQuoted(text: string): string {
  return NEEDS_ESCAPE.test(text) ? text.replace(/[\\\n"]/g, replacement) : text;
}

/**
 * Escapes `\` and line feed: HELP of text format 0.0.4, where `\"` would be shown with its backslash.
 *
 * @param text Any text.
 * @returns The text to put at the end of a line.
 */
export function escapeTextHelp(text: string): string {
  return NEEDS_HELP_ESCAPE.test(text) ? text.replace(/[\\\n]/g, replacement) : text;
}

function replacement(character: string): string {
  return character === "\n" ? "\\n" : `\\${character}`;
}
