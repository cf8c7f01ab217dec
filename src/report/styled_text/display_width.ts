/** Characters two columns wide (East Asian Width W and F), besides emoji. */
const WIDE: readonly (readonly [from: number, to: number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4dc0, 0x4dff],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f2ff],
  [0x20000, 0x3fffd],
];

const SIMPLE = /^[\x20-\x7e]*$/;
const MARK = /^[\p{Mn}\p{Me}]$/u;
const PICTURE = /^\p{Emoji_Presentation}$/u;
const VARIATION = /[\ufe00-\ufe0f]/;
/** Characters that terminals draw differently: control, format, unassigned, private use, and those that join others. */
const UNSAFE =
  /^[\p{C}\p{Zl}\p{Zp}\p{Mc}\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\p{Regional_Indicator}]$/u;
/** Hangul vowels and finals outside a syllable. */
const LOOSE_JAMO = /^[\u1160-\u11ff\ud7b0-\ud7ff]$/;
/** Most combining marks kept on one character. */
const MOST_MARKS = 2;

/**
 * Text that is safe in a line of a terminal: nothing in it moves the cursor, and its width is known. Unsafe characters
 * become `?`, white space becomes spaces, marks without a base character are removed.
 *
 * @param text Any text, even hostile.
 */
export function printable(text: string): string {
  if (SIMPLE.test(text)) return text;
  let clean = "";
  let marks = MOST_MARKS;
  for (const character of text.toWellFormed().replaceAll("\ufffd", "?").normalize("NFC")) {
    if (VARIATION.test(character)) continue;
    if (MARK.test(character) && !UNSAFE.test(character)) {
      if (marks < MOST_MARKS) clean += character;
      marks++;
      continue;
    }
    marks = 0;
    if (/[\t\n\r]/.test(character)) clean += " ";
    else clean += UNSAFE.test(character) || LOOSE_JAMO.test(character) ? "?" : character;
  }
  return clean;
}

/**
 * Columns that text takes in a terminal.
 *
 * @param text Text from {@linkcode printable}.
 */
export function displayWidth(text: string): number {
  if (SIMPLE.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/**
 * Cuts the end off text that is too long, and marks the cut.
 *
 * @param text Printable text.
 * @param options Columns available, and the mark, one column wide.
 */
export function cutEnd(
  text: string,
  { width, mark }: { readonly width: number; readonly mark: string },
): string {
  if (displayWidth(text) <= width) return text;
  if (width <= 0) return "";
  let kept = "";
  let used = 0;
  for (const character of text) {
    used += characterWidth(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept}${mark}`;
}

/**
 * Cuts the middle out of a name that is too long: names of one fleet often differ only at their ends.
 *
 * @param text Printable text.
 * @param options Columns available, and the mark, one column wide.
 */
export function cutName(
  text: string,
  { width, mark }: { readonly width: number; readonly mark: string },
): string {
  if (displayWidth(text) <= width) return text;
  if (width <= 0) return "";
  const characters = [...text];
  const least = Math.floor((width - 1) / 3);
  let head = "";
  for (const character of characters) {
    if (displayWidth(head + character) > least) break;
    head += character;
  }
  let tail = "";
  for (const character of characters.toReversed()) {
    if (displayWidth(head + character + tail) > width - 1) break;
    tail = character + tail;
  }
  // A combining mark without its letter would land on the cut mark.
  return `${head}${mark}${tail.replace(/^\p{M}+/u, "")}`;
}

function characterWidth(character: string): number {
  if (SIMPLE.test(character)) return 1;
  if (MARK.test(character)) return 0;
  const code = character.codePointAt(0) ?? 0;
  return PICTURE.test(character) || WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}
