/**
 * What is known, for people: pages and texts rendered from the view.
 *
 * @module
 */

/** Text that is HTML already, as {@linkcode markup} makes it. */
export class Markup {
  /** The HTML. */
  readonly text: string;

  /** Takes text that is known to be safe HTML. */
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: text is escaped, markup and lists of markup are taken as they are. */
export type MarkupValue = string | Markup | readonly Markup[];

const REPLACEMENTS: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

/**
 * HTML from a template; every value that is not markup itself is escaped. (Not named `html`: the formatter would
 * move the white space in such a template.)
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(markup`<b>${"<script>"}</b>`.text, "<b>&lt;script&gt;</b>");
 * ```
 *
 * @param literals The template's own parts.
 * @param values What stands between them.
 */
export function markup(literals: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  let text = literals[0] ?? "";
  for (const [index, value] of values.entries()) text += `${toHtml(value)}${literals[index + 1] ?? ""}`;
  return new Markup(text);
}

/**
 * Text as it may stand in an element or in a quoted attribute. Control characters, which HTML forbids, and halves of
 * surrogate pairs become U+FFFD.
 *
 * @param text Any text, also a hostile one.
 */
export function escapeHtml(text: string): string {
  return text.toWellFormed()
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "\ufffd")
    .replace(/[&<>"']/g, (character) => REPLACEMENTS.get(character) ?? character);
}

function toHtml(value: MarkupValue): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === "string") return escapeHtml(value);
  return value.map(({ text }) => text).join("");
}
