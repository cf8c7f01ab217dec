/** Edits (insert, delete, replace, swap of neighbours) that turn one text into another. */
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

/** Letters and digits only, in lower case: `web.listen_address` and `--web.listen-address` are one name. */
function fold(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/**
 * The name that was probably meant.
 *
 * @param given What was written.
 * @param known Every name there is.
 * @returns The nearest name, or `null` when none is near (more than a third of the letters differ).
 */
export function suggest(given: string, known: Iterable<string>): string | null {
  const wanted = fold(given.slice(0, 64));
  if (wanted === "") return null;
  let best: string | null = null;
  let bestDistance = Infinity;
  for (const name of known) {
    const folded = fold(name);
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
 * The words `, did you mean "NAME"?` or nothing.
 *
 * @param given What was written.
 * @param known Every name there is.
 */
export function didYouMean(given: string, known: Iterable<string>): string {
  const name = suggest(given, known);
  return name === null ? "" : `, did you mean "${name}"?`;
}
