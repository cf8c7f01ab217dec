/**
 * Names of tables, as a person writes them.
 *
 * @module
 */
import { quoteName } from "./sql_text.ts";

/** A table. */
export interface TableName {
  /** Its schema, unquoted. */
  readonly schema: string;
  /** Its own name, unquoted. */
  readonly table: string;
}

const PART = String.raw`(?:"(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;
const NAME = new RegExp(`^(${PART})\\.(${PART})$`);

/** What is in quotes is taken as it is; the rest PostgreSQL reads in lower case. */
function unquote(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase();
}

/**
 * Reads the name of a table, with its schema.
 *
 * @param text For example `public.test_data` or `"My Schema"."Orders"`.
 * @throws {SyntaxError} When it is not `schema.table`.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(parseTableName('Shop."Order"'), { schema: "shop", table: "Order" });
 * ```
 */
export function parseTableName(text: string): TableName {
  const [, schema, table] = NAME.exec(text.trim()) ?? [];
  if (schema === undefined || table === undefined) {
    throw new SyntaxError(
      `Cannot parse table "${text}": expected schema.table, such as public.test_data or "My Schema"."Orders"`,
    );
  }
  return { schema: unquote(schema), table: unquote(table) };
}

/**
 * Writes the name of a table for a person, and so that {@linkcode parseTableName} reads it.
 *
 * @param name The table.
 */
export function formatTableName({ schema, table }: TableName): string {
  return `${quoteName(schema)}.${quoteName(table)}`;
}
