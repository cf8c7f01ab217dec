import type { CatalogueColumn, CatalogueTable } from "../../domain/catalogue.ts";
import { quoteName } from "../../domain/sql_text.ts";
import { formatTableName } from "../../domain/table_name.ts";

/** How a table is published. */
export interface Published {
  /** The table on the publisher. */
  readonly table: CatalogueTable;
  /** Names of the published columns. */
  readonly columns: ReadonlySet<string>;
  /** Whether updates or deletes are published. */
  readonly hasChangesOfRows: boolean;
}

/** Something about a table that does not fit on both sides. */
export interface TableMisfit {
  /** What: a clause about the table. */
  readonly what: string;
  /** Whether a change that meets it stops the subscription. */
  readonly stops: boolean;
  /** What makes it fit: a command for the subscriber's database, or a clause. */
  readonly fix: string;
}

/**
 * What of a published table does not fit into the subscriber's table of that name.
 *
 * @param published The publisher's side.
 * @param target The subscriber's table.
 * @param options Whether values are sent in binary form.
 */
export function compareTables(
  published: Published,
  target: CatalogueTable,
  { isBinary }: { readonly isBinary: boolean },
): readonly TableMisfit[] {
  return [
    ...publishedMisfits(published, target, isBinary),
    ...target.columns.filter(({ name }) => !published.columns.has(name))
      .flatMap((column) => unpublishedMisfit(column, { source: published.table, target })),
    ...keyMisfit(published, target),
  ];
}

function publishedMisfits(
  { table, columns }: Published,
  target: CatalogueTable,
  isBinary: boolean,
): readonly TableMisfit[] {
  const alter = (action: string) => alterTable(target, action);
  const own = new Map(target.columns.map((column) => [column.name, column]));
  return table.columns.filter(({ name }) => columns.has(name)).flatMap(({ name, type }) => {
    const to = own.get(name);
    if (to === undefined) {
      return [{
        what: `column ${name} (${type}) is missing`,
        stops: true,
        fix: alter(`ADD COLUMN ${quoteName(name)} ${type}`),
      }];
    }
    if (to.generated !== "") {
      return [{
        what: `column ${name} is generated there`,
        stops: true,
        fix: to.generated === "stored"
          ? alter(`ALTER COLUMN ${quoteName(name)} DROP EXPRESSION`)
          : `make ${name} an ordinary column`,
      }];
    }
    if (to.type === type || !isBinary && holds(to.type, type)) return [];
    return [{
      what: `column ${name} is ${type} on the publisher, ${to.type} there`,
      stops: isBinary,
      fix: `give ${name} the type ${type}`,
    }];
  });
}

function unpublishedMisfit(
  { name, isNotNull, hasDefault, generated }: CatalogueColumn,
  { source, target }: { readonly source: CatalogueTable; readonly target: CatalogueTable },
): readonly TableMisfit[] {
  if (generated !== "" || hasDefault) return [];
  if (isNotNull) {
    return [{
      what: `column ${name} gets no value, and is NOT NULL there`,
      stops: true,
      fix: alterTable(target, `ALTER COLUMN ${quoteName(name)} DROP NOT NULL`),
    }];
  }
  const isGenerated = source.columns.some((each) => each.name === name && each.generated !== "");
  return isGenerated
    ? [{
      what: `column ${name} is generated on the publisher, and stays empty there`,
      stops: false,
      fix: `generate ${name} there too`,
    }]
    : [];
}

/**
 * A row to change is found by the subscriber's key, whose columns the publisher must send.
 *
 * {@link https://github.com/postgres/postgres/blob/master/src/backend/replication/logical/relation.c}
 * (`logicalrep_rel_mark_updatable`)
 */
function keyMisfit({ table, hasChangesOfRows }: Published, target: CatalogueTable): readonly TableMisfit[] {
  // Without an identity, UPDATE and DELETE fail on the publisher.
  if (!hasChangesOfRows || !hasUsableIdentity(table) || table.identity === "full" || target.isPartitioned) {
    return [];
  }
  const key = table.key.map(quoteName).join(", ");
  if (target.key.length === 0) {
    return [{
      what: "it has no primary key there",
      stops: true,
      fix: alterTable(target, `ADD PRIMARY KEY (${key})`),
    }];
  }
  const foreign = target.key.filter((name) => !table.key.includes(name));
  return foreign.length === 0 ? [] : [{
    what: `its key there has columns that are not in the publisher's: ${foreign.join(", ")}`,
    stops: true,
    fix: `make (${key}) its primary key`,
  }];
}

function alterTable(table: CatalogueTable, action: string): string {
  return `ALTER TABLE ${formatTableName(table)} ${action};`;
}

/** Whether old rows, of a partitioned table those of its partitions, can be distinguished, without which a published table cannot be updated. */
export function hasUsableIdentity(
  { identity, key, isPartitioned, hasIdentifiedPartitions }: CatalogueTable,
): boolean {
  if (isPartitioned) return hasIdentifiedPartitions ?? true;
  return identity === "full" || identity !== "nothing" && key.length > 0;
}

/** Types whose values all fit into a later one of their row. */
const WIDER: readonly (readonly string[])[] = [
  ["smallint", "integer", "bigint", "numeric"],
  ["real", "double precision"],
  ["json", "jsonb"],
  ["character", "character varying"],
];

/** Whether every value of a type, as text, is one of another type. */
function holds(wide: string, narrow: string): boolean {
  if (wide === "text") return true;
  const [to, from] = [typeParts(wide), typeParts(narrow)];
  const isWiderName = WIDER.some((row) =>
    row.includes(from.name) && row.indexOf(to.name) > row.indexOf(from.name)
  );
  if (to.name !== from.name && !isWiderName) return false;
  if (to.limits.length === 0) return true;
  const [size = 0, ...rest] = from.limits;
  return from.limits.length === to.limits.length && (to.limits[0] ?? 0) >= size &&
    rest.every((limit, index) => to.limits[index + 1] === limit);
}

function typeParts(type: string): { readonly name: string; readonly limits: readonly number[] } {
  const limits = /\(([\d,]+)\)/.exec(type)?.[1] ?? "";
  return {
    name: type.replace(/\([\d,]+\)/, ""),
    limits: limits === "" ? [] : limits.split(",").map(Number),
  };
}
