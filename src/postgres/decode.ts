/**
 * From a row of text to typed values. The only place that reads a driver's value.
 *
 * Every value arrives as PostgreSQL's text form or null. A reader of a column that is missing or malformed throws:
 * that is our defect or a server we do not know, and must fail that one collector, not become a number.
 *
 * @module
 */
import { type Lsn, parseLsn } from "../domain/lsn.ts";

/** One row: column name to PostgreSQL's text form, null for NULL. */
export type Row = Readonly<Record<string, string | null>>;

function read(row: Row, column: string): string | null {
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
  return read(row, column);
}

/** Text, or "" for NULL: for labels, where absent and empty are the same. */
export function decodeLabel(row: Row, column: string): string {
  return read(row, column) ?? "";
}

/** Text that cannot be NULL. */
export function requireText(row: Row, column: string): string {
  return required(read(row, column), column);
}

/** A finite number (integer, numeric, or seconds from `extract(epoch from …)`); NULL stays null. */
export function decodeNumber(row: Row, column: string): number | null {
  const text = read(row, column);
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
  const text = read(row, column);
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
  const text = read(row, column);
  return text === null ? null : parseLsn(text);
}
