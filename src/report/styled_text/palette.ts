import type { Line, Style } from "./line.ts";

/** SGR codes ({@link https://www.ecma-international.org/publications-and-standards/standards/ecma-48/ ECMA-48}) by style. */
export type Palette = Readonly<Record<Style, string>>;

/** With the eight colours of every terminal. */
export const COLORS: Palette = {
  plain: "",
  strong: "1",
  quiet: "2",
  good: "32",
  warning: "1;33",
  critical: "1;31",
  unknown: "1;35",
  inverse: "7",
};

/** Without colours. */
export const NO_COLORS: Palette = {
  plain: "",
  strong: "1",
  quiet: "2",
  good: "",
  warning: "1",
  critical: "1;7",
  unknown: "1",
  inverse: "7",
};

/**
 * A line with escape sequences for its styles.
 *
 * @param line The line.
 * @param palette The look of each style.
 */
export function encodeLine(line: Line, palette: Palette): string {
  return line.map(({ text, style }) => {
    const codes = palette[style];
    return codes === "" ? text : `\x1b[${codes}m${text}\x1b[0m`;
  }).join("");
}
