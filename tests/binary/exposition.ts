/**
 * Takes a scrape apart far enough to compare two of them.
 *
 * @module
 */

/** A scrape: metadata lines, and values by series as written. */
export interface Exposition {
  /** HELP and TYPE lines in order. */
  readonly metadata: readonly string[];
  /** Value by `name{labels}`. */
  readonly series: ReadonlyMap<string, string>;
}

/** Reads text format 0.0.4. */
export function parseExposition(text: string): Exposition {
  const metadata: string[] = [];
  const series = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) metadata.push(line);
    else if (line !== "") {
      const end = line.lastIndexOf(" ");
      series.set(line.slice(0, end), line.slice(end + 1));
    }
  }
  return { metadata, series };
}

/** What two programs that watch the same servers say differently. */
export interface Difference {
  /** HELP and TYPE lines that only one of them has. */
  readonly metadata: readonly string[];
  /** Series that only one of them has. */
  readonly series: readonly string[];
  /** Series with different values, of families that stand still. */
  readonly values: readonly string[];
  /** How many values were compared. */
  readonly compared: number;
}

function onlyOnOneSide(a: Iterable<string>, b: Iterable<string>): readonly string[] {
  return [...new Set(a).symmetricDifference(new Set(b))];
}

/**
 * Compares two scrapes.
 *
 * @param a One scrape.
 * @param b The other.
 * @param options `moving` matches series whose values need not agree; `own` those whose labels tell the programs apart.
 */
export function compareExpositions(
  a: Exposition,
  b: Exposition,
  options: { readonly moving: RegExp; readonly own: RegExp },
): Difference {
  const names = (one: Exposition) => [...one.series.keys()].filter((name) => !options.own.test(name));
  const still = names(a).filter((name) => !options.moving.test(name) && b.series.has(name));
  const values = still.filter((name) => a.series.get(name) !== b.series.get(name))
    .map((name) => `${name}: ${a.series.get(name)}, ${b.series.get(name)}`);
  return {
    metadata: onlyOnOneSide(a.metadata, b.metadata),
    series: onlyOnOneSide(names(a), names(b)),
    values,
    compared: still.length,
  };
}
