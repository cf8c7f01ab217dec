/**
 * Decodes rows of text into typed values: the only place that reads a value of the driver.
 *
 * Every value is PostgreSQL's text form or null. A missing or malformed column throws: it is a bug or an unknown server
 * version, and must fail that one collector instead of becoming a number.
 *
 * @module
 */
import { type Lsn, parseLsn } from "../domain/lsn.ts";

/** One row: column name to PostgreSQL's text form, null for NULL. */
export type Row = Readonly<Record<string, string | null>>;

function columnOf(row: Row, column: string): string | null {
  const value = row[column];
  if (value === undefined) throw new TypeError(`Cannot decode row: column "${column}" is missing`);
  return value;
}

function required<T>(value: T | null, column: string): T {
  if (value === null) throw new TypeError(`Cannot decode column "${column}": expected a value, got NULL`);
  return value;
}

/** Text; NULL stays null. */
export function decodeText(row: Row, column: string): string | null {
  return columnOf(row, column);
}

/** Text, "" for NULL: for labels, where absent and empty are the same. */
export function decodeLabel(row: Row, column: string): string {
  return columnOf(row, column) ?? "";
}

/** Text that cannot be NULL. */
export function requireText(row: Row, column: string): string {
  return required(columnOf(row, column), column);
}

/** A finite number (integer, numeric, or seconds from `extract(epoch from …)`); NULL stays null. */
export function decodeNumber(row: Row, column: string): number | null {
  const text = columnOf(row, column);
  if (text === null) return null;
  const value = Number(text);
  if (text === "" || !Number.isFinite(value)) {
    throw new TypeError(`Cannot decode column "${column}": expected a number, got "${text}"`);
  }
  return value;
}

/** A finite number that cannot be NULL. */
export function requireNumber(row: Row, column: string): number {
  return required(decodeNumber(row, column), column);
}

/** A boolean; NULL stays null. */
export function decodeBoolean(row: Row, column: string): boolean | null {
  const text = columnOf(row, column);
  if (text === null) return null;
  if (text === "t" || text === "true" || text === "on") return true;
  if (text === "f" || text === "false" || text === "off") return false;
  throw new TypeError(`Cannot decode column "${column}": expected a boolean, got "${text}"`);
}

/** A boolean that cannot be NULL. */
export function requireBoolean(row: Row, column: string): boolean {
  return required(decodeBoolean(row, column), column);
}

/** A WAL position; NULL stays null. */
export function decodeLsn(row: Row, column: string): Lsn | null {
  const text = columnOf(row, column);
  return text === null ? null : parseLsn(text);
}

/** A JSON array of texts; NULL is an empty one. */
export function decodeTexts(row: Row, column: string): readonly string[] {
  return textsOf(parseArray(row, column), column);
}

/** A JSON array of arrays of texts; NULL is an empty one. */
export function decodeTextRows(row: Row, column: string): readonly (readonly string[])[] {
  return parseArray(row, column).map((each) => {
    if (!Array.isArray(each)) throw new TypeError(`Cannot decode column "${column}": expected arrays`);
    return textsOf(each, column);
  });
}

function parseArray(row: Row, column: string): readonly unknown[] {
  const parsed: unknown = JSON.parse(columnOf(row, column) ?? "[]");
  if (!Array.isArray(parsed)) throw new TypeError(`Cannot decode column "${column}": expected an array`);
  return parsed;
}

function textsOf(values: readonly unknown[], column: string): readonly string[] {
  return values.map((value) => {
    if (typeof value !== "string") throw new TypeError(`Cannot decode column "${column}": expected texts`);
    return value;
  });
}
