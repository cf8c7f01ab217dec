/** Lines wanted. */
export interface Wishes {
  /** For primaries. */
  readonly primaries: number;
  /** Rows of the table, without its titles. */
  readonly rows: number;
  /** Lines of each section, without its title, the most important first. */
  readonly sections: readonly number[];
}

/** Lines granted. */
export interface Shares extends Wishes {
  /** Whether the table has titles. */
  readonly hasHead: boolean;
  /** Whether a blank line precedes each section. */
  readonly isSpaced: boolean;
}

/** Room from which sections are separated by blank lines. */
const SPACED_FROM = 20;

/**
 * Shares the lines of a screen: the table comes before the sections, but takes at most three fifths while they want
 * lines; sections take turns, one line each. A section's title counts, and a section is never a title alone.
 *
 * @param room Lines available.
 * @param wishes Lines wanted.
 */
export function shareRoom(room: number, wishes: Wishes): Shares {
  const primaries = Math.min(wishes.primaries, Math.max(room >= 3 ? 1 : 0, Math.floor(room / 5)));
  let left = room - primaries;
  const hasHead = left >= 2;
  if (hasHead) left--;
  let rows = Math.min(wishes.rows, Math.max(Math.min(3, left), Math.floor(left * 0.6)));
  left -= rows;
  const isSpaced = room >= SPACED_FROM;
  const opening = isSpaced ? 3 : 2;
  const sections = wishes.sections.map((wish): number => {
    if (wish === 0 || left < opening) return 0;
    left -= opening;
    return 1;
  });
  for (let isGiven = true; isGiven && left > 0;) {
    isGiven = false;
    for (const [index, wish] of wishes.sections.entries()) {
      const has = sections[index] ?? 0;
      if (left === 0 || has === 0 || has >= wish) continue;
      sections[index] = has + 1;
      left--;
      isGiven = true;
    }
  }
  const more = Math.min(left, wishes.rows - rows);
  rows += more;
  left -= more;
  return { primaries: Math.min(wishes.primaries, primaries + left), rows, sections, hasHead, isSpaced };
}
