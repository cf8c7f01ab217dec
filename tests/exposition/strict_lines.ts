/**
 * Single lines of both text formats, character by character.
 *
 * @module
 */

/** A sample as read. */
export interface ReadSample {
  /** Name with its suffix. */
  readonly name: string;
  /** Values by label name, in their order, unescaped. */
  readonly labels: ReadonlyMap<string, string>;
  /** The value. */
  readonly value: number;
}

const SAMPLE_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const DECIMAL = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/;

/**
 * Parses `name{label="value"} number`.
 *
 * @param line The line without its line feed.
 * @param labelName What a label name looks like.
 * @returns The sample.
 * @throws {SyntaxError} When it is anything else.
 */
export function parseSampleLine(line: string, labelName: RegExp): ReadSample {
  const name = SAMPLE_NAME.exec(line)?.[0];
  if (name === undefined) throw new SyntaxError(`Not a sample: "${line}"`);
  const labels = new Map<string, string>();
  let at = name.length;
  if (line[at] === "{") {
    do {
      const equals = line.indexOf("=", at);
      const label = line.slice(at + 1, equals);
      if (equals < 0 || !labelName.test(label)) {
        throw new SyntaxError(`No label name at ${at + 1}: "${line}"`);
      }
      if (labels.has(label)) throw new SyntaxError(`Label "${label}" stands twice: "${line}"`);
      const { text, next } = readQuoted(line, equals + 1);
      labels.set(label, text);
      at = next;
    } while (line[at] === ",");
    if (line[at] !== "}") throw new SyntaxError(`No "}" at ${at}: "${line}"`);
    at++;
  }
  if (line[at] !== " ") throw new SyntaxError(`No space at ${at}: "${line}"`);
  return { name, labels, value: parseNumber(line.slice(at + 1)) };
}

/**
 * Undoes the escaping of a HELP line.
 *
 * @param text The escaped text.
 * @param escapes Characters that may follow a backslash.
 * @returns The text.
 * @throws {SyntaxError} When another character follows a backslash, or one that needs escaping is bare.
 */
export function unescapeHelp(text: string, escapes: string): string {
  let help = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "\\") help += unescape(text[++at] ?? "", escapes);
    else if (character === '"' && escapes.includes('"')) {
      throw new SyntaxError(`A bare quote in HELP: ${text}`);
    } else help += character;
  }
  return help;
}

function readQuoted(line: string, start: number): { text: string; next: number } {
  if (line[start] !== '"') throw new SyntaxError(`No quote at ${start}: "${line}"`);
  let text = "";
  for (let at = start + 1; at < line.length; at++) {
    const character = line[at] ?? "";
    if (character === '"') return { text, next: at + 1 };
    text += character === "\\" ? unescape(line[++at] ?? "", '\\n"') : character;
  }
  throw new SyntaxError(`The quote at ${start} is not closed: "${line}"`);
}

function unescape(character: string, escapes: string): string {
  if (character === "" || !escapes.includes(character)) {
    throw new SyntaxError(`Unknown escape "\\${character}"`);
  }
  return character === "n" ? "\n" : character;
}

function parseNumber(text: string): number {
  switch (text) {
    case "NaN":
      return NaN;
    case "+Inf":
      return Infinity;
    case "-Inf":
      return -Infinity;
  }
  if (!DECIMAL.test(text)) throw new SyntaxError(`Not a number: "${text}"`);
  return Number(text);
}
