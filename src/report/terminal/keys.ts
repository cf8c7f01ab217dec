/** A command given by a key. */
export type WatchKey =
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

const PLAIN_KEYS: ReadonlyMap<string, WatchKey> = new Map([
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

const SEQUENCES: ReadonlyMap<string, WatchKey> = new Map([
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

// deno-lint-ignore no-control-regex -- Escape is what it matches
const SEQUENCE = /^\x1b(?:\[([0-9;?]*[ -/]*[@-~])|O(.))/;
/** The beginning of a sequence; no key has a longer one. */
// deno-lint-ignore no-control-regex -- Escape is what it matches
const UNFINISHED = /^\x1b(?:\[[0-9;?]{0,16}[ -/]{0,4}|O)?$/;

/**
 * Parses keys from terminal input.
 *
 * @param text The rest of the previous input, and the new input.
 * @returns The keys, and the rest: the beginning of an incomplete sequence. A lone Escape is both a key and the rest,
 *   since it may begin a sequence.
 */
export function parseKeys(text: string): { readonly keys: readonly WatchKey[]; readonly rest: string } {
  const keys: WatchKey[] = [];
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
