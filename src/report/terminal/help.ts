import { type Line, span } from "../styled_text/line.ts";

const KEYS: readonly (readonly [keys: string, help: string])[] = [
  ["q, Ctrl-C", "quit"],
  ["p, space", "pause and resume; reports are still read meanwhile"],
  ["s", "sort by lag, name, cluster"],
  ["r", "reverse the order"],
  ["j k, arrows", "scroll; also page up and down, g and G"],
  ["?, h", "this help and back"],
  ["Ctrl-L", "redraw"],
];

const WORDS: readonly (readonly [word: string, meaning: string])[] = [
  ["!! ! ?", "critical, warning, unknown"],
  ["LAG", "true lag against the primary; ? is unknown, never 0"],
  ["BEHIND", "the same in bytes of WAL"],
  ["REPLAY", "WAL replayed per second"],
  ["CATCH-UP", "time until caught up at the current rates; - caught up,"],
  ["", "never: falling behind; archive: only from there; rebuild: lost"],
  ["LAG 5 MIN", "its lag over that time, each row to its own scale (1 s at least)"],
  ["sync 1/2 +1", "standbys that confirm commits: streaming, required, spare"],
];

/**
 * The help screen.
 *
 * @returns Lines, most important first.
 */
export function helpLines(): readonly Line[] {
  const row = ([left, right]: readonly [string, string]): Line => [
    span(`   ${left.padEnd(13)}`, "strong"),
    span(right),
  ];
  return [
    [span("KEYS", "quiet")],
    ...KEYS.map(row),
    [],
    [span("WORDS", "quiet")],
    ...WORDS.map(row),
  ];
}
