import type { Line, Style } from "../styled_text/line.ts";

/** What styles look like; "" is as the terminal writes anyway. */
export type Palette = Readonly<Record<Style, string>>;

/** With the eight colours that every terminal has. */
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

const RESET = "\x1b[0m";

/** What takes the terminal over: another screen, no wrapping, no cursor. */
export const ENTER_SCREEN = "\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[0m\x1b[2J";

/** What gives the terminal back as it was. */
export const LEAVE_SCREEN = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

/**
 * A line with its styles as a terminal takes it.
 *
 * @param line The line.
 * @param palette What styles look like.
 */
export function encodeLine(line: Line, palette: Palette): string {
  return line.map(({ text, style }) => {
    const codes = palette[style];
    return codes === "" ? text : `\x1b[${codes}m${text}${RESET}`;
  }).join("");
}

/**
 * What changes one picture into the next: only lines that differ are written, each at its place.
 *
 * @param before Encoded lines on the screen; null when it is not known what is there.
 * @param after Encoded lines that should be there.
 * @returns Text for one write; "" when nothing differs.
 */
export function drawChanges(before: readonly string[] | null, after: readonly string[]): string {
  const rows = Math.max(before?.length ?? 0, after.length);
  let text = before === null ? `${RESET}\x1b[2J` : "";
  for (let row = 0; row < rows; row++) {
    const line = after[row] ?? "";
    if (line === (before === null ? "" : before[row] ?? "")) continue;
    // Cleared before it is written: clearing behind the last column would take that column with it.
    text += `\x1b[${row + 1};1H${before === null ? "" : "\x1b[2K"}${line}`;
  }
  return text;
}
