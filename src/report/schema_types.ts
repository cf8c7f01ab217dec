/**
 * Types of the report's keys, each to be called with its meaning.
 *
 * @module
 */
import { z } from "zod";
import { STATUSES, type Word } from "./model.ts";

/** A type of values, to be called with the meaning of each. */
const described = <T extends z.ZodType>(type: T) => (meaning: string): T => type.describe(meaning);

/**
 * Text.
 *
 * @ignore
 */
export const string = described(z.string());
/**
 * Text, or null when unknown.
 *
 * @ignore
 */
export const stringOrNull = described(z.string().nullable());
/**
 * Texts.
 *
 * @ignore
 */
export const strings = described(z.array(z.string()));
/**
 * Yes or no.
 *
 * @ignore
 */
export const flag = described(z.boolean());
/**
 * Yes or no, or null when unknown.
 *
 * @ignore
 */
export const flagOrNull = described(z.boolean().nullable());
/**
 * A number.
 *
 * @ignore
 */
export const number = described(z.number());
/**
 * A number, or null when unknown.
 *
 * @ignore
 */
export const numberOrNull = described(z.number().nullable());
/**
 * A number that is not negative.
 *
 * @ignore
 */
export const amount = described(z.number().nonnegative());
/**
 * The same, or null when unknown.
 *
 * @ignore
 */
export const amountOrNull = described(z.number().nonnegative().nullable());
/**
 * A whole number that is not negative.
 *
 * @ignore
 */
export const count = described(z.number().int().nonnegative());
/**
 * The same, or null when unknown.
 *
 * @ignore
 */
export const countOrNull = described(z.number().int().nonnegative().nullable());
/**
 * A position, or null when unknown.
 *
 * @ignore
 */
export const lsnOrNull = described(z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/).nullable());
/**
 * A status.
 *
 * @ignore
 */
export const statusWord = described(z.enum(STATUSES));

/**
 * A word of a list that may grow within version 1: one of the list, or any other.
 *
 * @ignore
 */
export function word<const T extends readonly string[]>(
  words: T,
  meaning: string,
): z.ZodType<Word<T[number]>> {
  return z.union([z.enum(words), z.string()]).describe(meaning);
}

/**
 * The same, or null when unknown.
 *
 * @ignore
 */
export function wordOrNull<const T extends readonly string[]>(words: T, meaning: string) {
  return word(words, meaning).nullable().describe(meaning);
}

/**
 * An object that accepts unknown keys, typed by its known ones alone.
 *
 * @ignore
 */
export function looseObject<S extends z.ZodRawShape>(keys: S): z.ZodObject<S> {
  return z.looseObject(keys);
}

/**
 * An object that becomes a definition of the JSON Schema.
 *
 * @ignore
 */
export function object<S extends z.ZodRawShape>(id: string, description: string, keys: S): z.ZodObject<S> {
  return looseObject(keys).meta({ id, description });
}

/**
 * A list.
 *
 * @ignore
 */
export function list<T extends z.ZodType>(item: T, meaning: string): z.ZodArray<T> {
  return z.array(item).describe(meaning);
}

/**
 * Samples of a lag over the last hour.
 *
 * @ignore
 */
export const lagHourSchema = object("ReportLagHour", "Samples of the lag over the last hour.", {
  samples: count(
    "Number of samples, usually one a second; fewer where the exporter runs for less than an hour.",
  ),
  within_warning_ratio: number(
    "Share of them at which the lag was known and not above `thresholds.warning_lag_seconds`; a set delay does not count.",
  ),
  unknown_ratio: number("Share of them at which the lag was unknown."),
});
