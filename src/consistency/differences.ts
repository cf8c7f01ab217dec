import type { RowPrint } from "./sides.ts";
import type { Key } from "./table_sql.ts";

/** One row that is not the same. */
export interface Difference {
  /** Its key; `[]` for all rows of a table without one. */
  readonly key: Key;
  /** Whether both have it, or which one does not. */
  readonly kind: "differs" | "missing" | "extra";
  /** Which versions of it there are: on the primary, on the standby. */
  readonly versions: readonly string[];
}

/** Differences by what exactly was seen: one that is seen again is the same only when both versions still are. */
export type Differences = ReadonlyMap<string, Difference>;

/**
 * Rows that the standby shows otherwise than the primary, of those that the primary did not change meanwhile.
 *
 * @param readings The primary before, the standby, and the primary after.
 */
export function findDifferences(
  readings: {
    readonly before: readonly RowPrint[];
    readonly shown: readonly RowPrint[];
    readonly after: readonly RowPrint[];
  },
): Differences {
  const [before, shown, after] = [byKey(readings.before), byKey(readings.shown), byKey(readings.after)];
  const found = new Map<string, Difference>();
  for (const name of new Set([...before.keys(), ...shown.keys()])) {
    const [own, its] = [before.get(name), shown.get(name)];
    const { key } = own ?? its ?? { key: [] };
    const isSettled = isSame(own, after.get(name)) && own?.version === after.get(name)?.version;
    if (!isSettled || isSame(own, its)) continue;
    found.set(JSON.stringify([key, own?.content, own?.version, its?.content, its?.version]), {
      key,
      kind: own === undefined ? "extra" : its === undefined ? "missing" : "differs",
      versions: [own, its].flatMap((row) => row?.version ?? []),
    });
  }
  return found;
}

/**
 * Differences that were seen both times.
 *
 * @param earlier What was seen before; null: nothing was looked at.
 * @param later What was seen now.
 */
export function stillThere(earlier: Differences | null, later: Differences): Differences {
  return earlier === null ? later : new Map([...earlier].filter(([name]) => later.has(name)));
}

/**
 * A key as text for a person.
 *
 * @param key Its columns.
 */
export function formatKey(key: Key): string {
  return key.length === 1 ? key.join("") : `(${key.join(", ")})`;
}

/**
 * What is different, in one sentence.
 *
 * @param differences At least one.
 */
export function describeDifferences(differences: readonly Pick<Difference, "key" | "kind">[]): string {
  const [first] = differences;
  if (first === undefined || first.key.length === 0) {
    return "Its rows differ; without a key it cannot be told which";
  }
  const last = differences[differences.length - 1] ?? first;
  if (differences.length === 1) {
    const key = formatKey(first.key);
    switch (first.kind) {
      case "differs":
        return `The row with key ${key} differs`;
      case "missing":
        return `The row with key ${key} is missing on the standby`;
      case "extra":
        return `The row with key ${key} is on the standby only`;
    }
  }
  const count = (kind: Difference["kind"]) => differences.filter((each) => each.kind === kind).length;
  return `From key ${formatKey(first.key)} to ${formatKey(last.key)} at least ${differences.length} rows: ` +
    `${count("differs")} differ, ${count("missing")} are missing on the standby, ${
      count("extra")
    } are only there`;
}

function byKey(rows: readonly RowPrint[]): ReadonlyMap<string, RowPrint> {
  return new Map(rows.map((row) => [JSON.stringify(row.key), row]));
}

function isSame(a: RowPrint | undefined, b: RowPrint | undefined): boolean {
  return a?.content === b?.content;
}
