/** Number of edits (insert, delete, replace, swap neighbours) between two texts. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (last[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      let least = Math.min(replaced, (last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, (beforeLast[column - 2] ?? 0) + 1);
      }
      current[column] = least;
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

/** Letters and digits in lower case: `web.listen_address` and `--web.listen-address` are one name. */
function foldName(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/**
 * The known name that was probably meant.
 *
 * @param given The unknown name.
 * @param known All known names.
 * @returns The closest name; null when more than a third of the letters differ from each.
 */
export function suggest(given: string, known: Iterable<string>): string | null {
  const wanted = foldName(given.slice(0, 64));
  if (wanted === "") return null;
  let best: string | null = null;
  let bestDistance = Infinity;
  for (const name of known) {
    const folded = foldName(name);
    const distance = editDistance(wanted, folded);
    if (
      distance < bestDistance &&
      distance <= Math.max(1, Math.floor(Math.max(wanted.length, folded.length) / 3))
    ) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * The text `, did you mean "NAME"?`; "" when no name is close.
 *
 * @param given The unknown name.
 * @param known All known names.
 */
export function didYouMean(given: string, known: Iterable<string>): string {
  const name = suggest(given, known);
  return name === null ? "" : `, did you mean "${name}"?`;
}
