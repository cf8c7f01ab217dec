import { span } from "../report/styled_text/line.ts";
import { layText } from "../report/text/lines.ts";

/**
 * Breaks text at blanks into lines of at most `width` columns, indent included; a longer word gets a line of its own.
 */
export function wrapWords(
  text: string,
  { width, indent = 0 }: { readonly width: number; readonly indent?: number },
): readonly string[] {
  return layText(text, { width, lead: [span(" ".repeat(indent))] })
    .map((line) => line.map((each) => each.text).join(""));
}
