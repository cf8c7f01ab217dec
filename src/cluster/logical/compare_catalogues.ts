import type { DatabaseContent, Publication, SubscribedTables } from "../../domain/catalogue.ts";
import { compareTables, type Published, type TableMisfit } from "./compare_tables.ts";

/** Misfits of one table. */
export interface MisfittingTable {
  /** Its name. */
  readonly table: string;
  /** What does not fit, what stops the subscription first. */
  readonly misfits: readonly TableMisfit[];
}

/** A sequence whose values the subscriber has not reached. */
export interface SequenceBehind {
  /** Its name. */
  readonly sequence: string;
  /** `last_value` on the publisher. */
  readonly publisher: bigint;
  /** `last_value` on the subscriber; null when it was never used. */
  readonly subscriber: bigint | null;
}

/** What of a publication does not reach its subscriber. */
export interface ReplicationGaps {
  /** Publications that the publisher does not have. */
  readonly missingPublications: readonly string[];
  /** Tables that are published, and that the subscriber does not have. */
  readonly missingTables: readonly string[];
  /** Tables that are published, that the subscriber has, and that are not part of the subscription. */
  readonly unsubscribedTables: readonly string[];
  /** Tables that are part of the subscription, and that are no longer published. */
  readonly unpublishedTables: readonly string[];
  /** Tables that differ. */
  readonly misfits: readonly MisfittingTable[];
  /** Sequences behind, of those that may be read on both sides. */
  readonly sequencesBehind: readonly SequenceBehind[];
}

/** A subscription, and the catalogues of both its databases. */
export interface CataloguePair {
  /** The subscription's tables. */
  readonly subscription: SubscribedTables;
  /** Names of its publications. */
  readonly publications: readonly string[];
  /** The publisher's database. */
  readonly publisher: DatabaseContent;
  /** The subscriber's database. */
  readonly subscriber: DatabaseContent;
}

/** Compares what is published with what is subscribed. */
export function compareCatalogues(pair: CataloguePair): ReplicationGaps {
  const { subscription, publisher, subscriber } = pair;
  const own = publisher.publications.filter(({ name }) => pair.publications.includes(name));
  const published = publishedTables(own, publisher);
  const isWhole = !publisher.isPartial && !subscriber.isPartial;
  const viaRoot = new Set(
    own.flatMap((each) => each.viaRoot ? each.tables.map(({ table }) => table) : []),
  );
  const absent = [...isWhole ? published : []]
    // From 16 on a partition that another publication publishes as its root is not subscribed itself.
    .filter(([name, { table }]) =>
      !subscription.tables.has(name) && !table.roots.some((each) => viaRoot.has(each))
    ).map(([name]) => name);
  const exists = (name: string) => subscriber.tables.has(name) || subscriber.otherTables.has(name);
  const missingPublications = pair.publications.filter((name) => own.every((each) => each.name !== name));
  return {
    missingPublications,
    missingTables: absent.filter((name) => !exists(name)).toSorted(),
    unsubscribedTables: absent.filter(exists).toSorted(),
    // Those of a publication that is missing are not published, and not what is wrong.
    unpublishedTables: isWhole && missingPublications.length === 0
      ? [...subscription.tables.keys()].filter((name) => !published.has(name)).toSorted()
      : [],
    misfits: [...published].flatMap(([table, source]): readonly MisfittingTable[] => {
      const target = subscription.tables.has(table) ? subscriber.tables.get(table) : undefined;
      const misfits = target === undefined ? [] : compareTables(source, target, subscription);
      return misfits.length === 0
        ? []
        : [{ table, misfits: misfits.toSorted((a, b) => Number(b.stops) - Number(a.stops)) }];
    }).toSorted((a, b) => a.table < b.table ? -1 : 1),
    sequencesBehind: sequencesBehind(publisher, subscriber),
  };
}

/** Tables of publications, by name; one that several publish has what any of them publishes. */
function publishedTables(
  publications: readonly Publication[],
  { tables }: DatabaseContent,
): ReadonlyMap<string, Published> {
  const all = new Map<string, Published>();
  for (const { actions, publishesGenerated, ...publication } of publications) {
    for (const { table: name, columns: list } of publication.tables) {
      const table = tables.get(name);
      if (table === undefined) continue;
      const before = all.get(name);
      const columns = table.columns.filter((column) =>
        list?.includes(column.name) ??
          (column.generated === "" || publishesGenerated && column.generated === "stored")
      );
      all.set(name, {
        table,
        columns: new Set([...before?.columns ?? [], ...columns.map((column) => column.name)]),
        hasChangesOfRows: (before?.hasChangesOfRows ?? false) ||
          actions.includes("update") || actions.includes("delete"),
      });
    }
  }
  return all;
}

function sequencesBehind(publisher: DatabaseContent, subscriber: DatabaseContent): readonly SequenceBehind[] {
  const theirs = new Map(subscriber.sequences?.map((each) => [each.sequence, each]));
  return (publisher.sequences ?? []).flatMap(({ sequence, lastValue, isDescending }) => {
    const there = theirs.get(sequence);
    if (lastValue === null || there === undefined || !there.isReadable) return [];
    const isBehind = there.lastValue === null ||
      (isDescending ? there.lastValue > lastValue : there.lastValue < lastValue);
    return isBehind ? [{ sequence, publisher: lastValue, subscriber: there.lastValue }] : [];
  });
}
