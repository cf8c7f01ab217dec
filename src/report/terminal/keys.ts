/** What a person can ask for. */
export type Key =
  | "quit"
  | "pause"
  | "sort"
  | "reverse"
  | "help"
  | "close"
  | "up"
  | "down"
  | "page_up"
  | "page_down"
  | "first"
  | "last"
  | "redraw";

const PLAIN_KEYS: ReadonlyMap<string, Key> = new Map([
  ["q", "quit"],
  ["Q", "quit"],
  ["\x03", "quit"],
  ["p", "pause"],
  ["P", "pause"],
  [" ", "pause"],
  ["s", "sort"],
  ["S", "sort"],
  ["r", "reverse"],
  ["R", "reverse"],
  ["?", "help"],
  ["h", "help"],
  ["k", "up"],
  ["j", "down"],
  ["g", "first"],
  ["G", "last"],
  ["\x0c", "redraw"],
]);

const SEQUENCES: ReadonlyMap<string, Key> = new Map([
  ["A", "up"],
  ["B", "down"],
  ["H", "first"],
  ["F", "last"],
  ["1~", "first"],
  ["4~", "last"],
  ["5~", "page_up"],
  ["6~", "page_down"],
  ["7~", "first"],
  ["8~", "last"],
]);

// deno-lint-ignore no-control-regex -- they are what is looked for
const SEQUENCE = /^\x1b(?:\[([0-9;?]*[ -/]*[@-~])|O(.))/;
/** The beginning of a sequence; no key's sequence is longer. */
// deno-lint-ignore no-control-regex -- they are what is looked for
const UNFINISHED = /^\x1b(?:\[[0-9;?]{0,16}[ -/]{0,4}|O)?$/;

/**
 * Reads keys from what a terminal sent.
 *
 * @param text What was left over before, and what came now.
 * @returns The keys, and the beginning of a sequence whose end has not come yet. A lone Escape is a key at once, and left
 *   over too, since it may be such a beginning.
 */
export function parseKeys(text: string): { readonly keys: readonly Key[]; readonly rest: string } {
  const keys: Key[] = [];
  let rest = text;
  while (rest !== "") {
    if (rest.startsWith("\x1b")) {
      const match = SEQUENCE.exec(rest);
      if (match === null && UNFINISHED.test(rest)) {
        if (rest === "\x1b") keys.push("close");
        return { keys, rest };
      }
      const key = match === null ? "close" : SEQUENCES.get(match[1] ?? match[2] ?? "");
      if (key !== undefined) keys.push(key);
      rest = rest.slice(match?.[0].length ?? 1);
      continue;
    }
    const character = [...rest][0] ?? "";
    const key = PLAIN_KEYS.get(character);
    if (key !== undefined) keys.push(key);
    rest = rest.slice(character.length);
  }
  return { keys, rest: "" };
}
