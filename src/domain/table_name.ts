/**
 * Names of tables as text.
 *
 * @module
 */
import { quoteName } from "./sql_text.ts";

/** Name of a table. */
export interface TableName {
  /** Its schema, unquoted. */
  readonly schema: string;
  /** Its own name, unquoted. */
  readonly table: string;
}

const NAME_PART = String.raw`(?:"(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;
const QUALIFIED_NAME = new RegExp(`^(${NAME_PART})\\.(${NAME_PART})$`);

/** As PostgreSQL does: a quoted identifier is literal, any other is folded to lower case. */
function foldIdentifier(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase();
}

/**
 * Parses a table name with its schema.
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
  const [, schema, table] = QUALIFIED_NAME.exec(text.trim()) ?? [];
  if (schema === undefined || table === undefined) {
    throw new SyntaxError(
      `Cannot parse table "${text}": expected schema.table, such as public.test_data or "My Schema"."Orders"`,
    );
  }
  return { schema: foldIdentifier(schema), table: foldIdentifier(table) };
}

/** Formats a table name, quoted where needed; {@linkcode parseTableName} parses it back. */
export function formatTableName({ schema, table }: TableName): string {
  return `${quoteName(schema)}.${quoteName(table)}`;
}
