/** Takes over the terminal: alternate screen, no wrapping, no cursor. */
export const ENTER_SCREEN = "\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[0m\x1b[2J";

/** Restores the terminal. */
export const LEAVE_SCREEN = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

/**
 * Turns one screen into the next: writes only the lines that differ.
 *
 * @param before Encoded lines on the screen; null when unknown.
 * @param after Encoded lines to show.
 * @returns Text for one write; "" when nothing differs.
 */
export function drawChanges(before: readonly string[] | null, after: readonly string[]): string {
  const rows = Math.max(before?.length ?? 0, after.length);
  let text = before === null ? "\x1b[0m\x1b[2J" : "";
  for (let row = 0; row < rows; row++) {
    const line = after[row] ?? "";
    if (line === (before === null ? "" : before[row] ?? "")) continue;
    // Clear before writing: clearing after a full line would erase its last column.
    text += `\x1b[${row + 1};1H${before === null ? "" : "\x1b[2K"}${line}`;
  }
  return text;
}
