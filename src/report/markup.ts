/** Safe HTML, as {@linkcode markup} makes it. */
export class Markup {
  /** The HTML. */
  readonly text: string;

  /** Marks text as safe HTML; it is not escaped. */
  constructor(text: string) {
    this.text = text;
  }
}

/** A value in a template: text is escaped, markup is not. */
export type MarkupValue = string | number | Markup | readonly Markup[];

const REPLACEMENTS: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

/**
 * HTML from a template; every value that is not markup is escaped. (Not named `html`: the formatter would change the
 * white space in the template.)
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(markup`<b>${"<script>"}</b>`.text, "<b>&lt;script&gt;</b>");
 * ```
 *
 * @param literals The literal parts of the template.
 * @param values The values between them.
 */
export function markup(literals: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  let text = literals[0] ?? "";
  for (const [index, value] of values.entries()) text += `${toHtml(value)}${literals[index + 1] ?? ""}`;
  return new Markup(text);
}

/**
 * Text escaped for an element or a quoted attribute. Control characters, which HTML forbids, and lone surrogates become
 * U+FFFD.
 *
 * @param text Any text, even hostile.
 */
export function escapeHtml(text: string): string {
  return text.toWellFormed()
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "\ufffd")
    .replace(/[&<>"']/g, (character) => REPLACEMENTS.get(character) ?? character);
}

function toHtml(value: MarkupValue): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === "string" || typeof value === "number") return escapeHtml(String(value));
  return value.map(({ text }) => text).join("");
}
