import type { PairRoles, RowFingerprint } from "./server_table.ts";
import type { RowPlace } from "./table_sql.ts";

/** A row that differs between primary and standby; its key is `[]` for all rows of a table without a key. */
export interface RowDifference extends RowPlace {
  /** `missing` on the standby, `extra` there, or on both with different contents. */
  readonly kind: "differs" | "missing" | "extra";
}

/** Differences by key, and by content and version on both servers: a row that has changed is another difference. */
export type RowDifferences = ReadonlyMap<string, RowDifference>;

/** Three reads of the same rows. */
export interface ThreeReads<T> {
  /** On the primary. */
  readonly before: T;
  /** On the standby, once it has replayed what the first read saw. */
  readonly shown: T;
  /** On the primary again. */
  readonly after: T;
}

/** Rows that differ on the standby, of those that the primary did not change between its two reads. */
export function findDifferences(reads: ThreeReads<readonly RowFingerprint[]>): RowDifferences {
  const [before, shown, after] = [byKey(reads.before), byKey(reads.shown), byKey(reads.after)];
  const found = new Map<string, RowDifference>();
  for (const name of new Set([...before.keys(), ...shown.keys()])) {
    const [own, its, later] = [before.get(name), shown.get(name), after.get(name)];
    const isUnchanged = own?.content === later?.content && own?.version === later?.version;
    if (!isUnchanged || own?.content === its?.content) continue;
    const { key } = own ?? its ?? { key: [] };
    found.set(JSON.stringify([key, own?.content, own?.version, its?.content, its?.version]), {
      key,
      kind: own === undefined ? "extra" : its === undefined ? "missing" : "differs",
      versions: [own, its].flatMap((row) => row?.version ?? []),
    });
  }
  return found;
}

/** Differences that two rounds found; all of the later one when there was no earlier one. */
export function seenTwice(earlier: RowDifferences | null, later: RowDifferences): RowDifferences {
  return earlier === null ? later : new Map([...earlier].filter(([name]) => later.has(name)));
}

/** A key as text for a person. */
export function formatRowKey(key: RowPlace["key"]): string {
  return key.length === 1 ? key.join("") : `(${key.join(", ")})`;
}

/**
 * Describes differences in one sentence.
 *
 * @param differences At least one, in key order.
 * @param copy Which server is compared with the primary or publisher.
 */
export function describeDifferences(
  differences: readonly Pick<RowDifference, "key" | "kind">[],
  copy: PairRoles["copy"] = "standby",
): string {
  const [first, last] = [differences.at(0), differences.at(-1)];
  if (first === undefined || last === undefined || first.key.length === 0) {
    return "Rows differ; the table has no usable key to tell which";
  }
  const key = formatRowKey(first.key);
  if (differences.length === 1) {
    switch (first.kind) {
      case "differs":
        return `The row with key ${key} differs`;
      case "missing":
        return `The row with key ${key} is missing on the ${copy}`;
      case "extra":
        return `The row with key ${key} exists only on the ${copy}`;
    }
  }
  const count = (kind: RowDifference["kind"]) => differences.filter((each) => each.kind === kind).length;
  return `At least ${differences.length} rows from key ${key} to key ${formatRowKey(last.key)}: ` +
    `${count("differs")} differ, ${count("missing")} missing on the ${copy}, ${
      count("extra")
    } only on the ${copy}`;
}

/** Several rows of one key, which a subscriber without that key may have, count as one. */
function byKey(rows: readonly RowFingerprint[]): ReadonlyMap<string, RowFingerprint> {
  const found = new Map<string, RowFingerprint>();
  for (const row of rows) {
    const name = JSON.stringify(row.key);
    const other = found.get(name);
    found.set(name, other === undefined ? row : { ...row, content: `${other.content} ${row.content}` });
  }
  return found;
}
