/**
 * Stand-in for the parts of `@std/cli` 1.x that are used: same names, signatures and behavior.
 *
 * @module
 */

/** How to parse; of the real options, those that are used. */
export interface ParseOptions {
  /** Names of flags without a value; `false` when not given. */
  boolean?: readonly string[];
  /** Names of flags whose value stays a string; `_` keeps the remaining arguments as they are. */
  string?: readonly string[];
  /** Names of flags whose values are collected into a list; `[]` when not given. */
  collect?: readonly string[];
  /** Names of flags that `--no-NAME` sets to `false`. */
  negatable?: readonly string[];
  /** Called with each argument that no option names; without `key` for one that is no flag. `false` discards it. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Values by flag name (dots in a name nest objects); `_` holds the remaining arguments. */
export type Args = Record<string, unknown> & { _: (string | number)[] };

const FLAG = /^--(no-)?(.+?)(?:=(.*))?$/s;

function isNumber(text: string): boolean {
  return /\S/.test(text) && Number.isFinite(Number(text));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Sets a value under a name, in nested objects where the name has dots. */
function setNested(target: Record<string, unknown>, name: string, set: (previous: unknown) => unknown): void {
  const keys = name.split(".");
  const last = keys.pop() ?? name;
  let object = target;
  for (const key of keys) {
    const next = object[key] ?? {};
    if (!isObject(next)) throw new TypeError(`Cannot create property '${last}' on '${String(next)}'`);
    object[key] = next;
    object = next;
  }
  object[last] = set(object[last]);
}

/**
 * Splits arguments into flags and the rest.
 *
 * A flag's value follows `=`, or is the next argument unless that begins with `-`; a flag of `string` without a value
 * is "". Nothing after `--` is a flag. This stand-in supports no short flags.
 *
 * @param args The arguments.
 * @param options How to parse them.
 */
export function parseArgs(args: string[], options: ParseOptions = {}): Args {
  const { boolean = [], string = [], collect = [], negatable = [], unknown } = options;
  const result: Args = { _: [] };
  const assign = (arg: string, name: string, value: string | boolean) => {
    const isKnown = [boolean, string, collect].some((names) => names.includes(name));
    if (!isKnown && unknown?.(arg, name, value) === false) return;
    const isNumeric = typeof value === "string" && !string.includes(name) && isNumber(value);
    const typed = isNumeric ? Number(value) : value;
    setNested(
      result,
      name,
      (previous) =>
        !collect.includes(name) ? typed : Array.isArray(previous) ? [...previous, typed] : [typed],
    );
  };
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  for (let index = 0; index < end; index++) {
    const arg = args[index] ?? "";
    const match = FLAG.exec(arg);
    if (match === null) {
      if (unknown?.(arg) === false) continue;
      result._.push(isNumber(arg) && !string.includes("_") ? Number(arg) : arg);
      continue;
    }
    const [, negated, bare = "", value] = match;
    if (value !== undefined) {
      assign(arg, bare, boolean.includes(bare) ? value !== "false" : value);
      continue;
    }
    if (negated !== undefined && negatable.includes(bare)) {
      setNested(result, bare, () => false);
      continue;
    }
    const name = `${negated ?? ""}${bare}`;
    const next = index + 1 < end ? args[index + 1] : undefined;
    if (!boolean.includes(name) && next && !next.startsWith("-")) {
      assign(arg, name, next);
      index++;
    } else if (next === "true" || next === "false") {
      assign(arg, name, next === "true");
      index++;
    } else {
      assign(arg, name, string.includes(name) ? "" : true);
    }
  }
  for (const name of [...boolean, ...string]) {
    const missing = collect.includes(name) ? [] : boolean.includes(name) ? false : undefined;
    if (missing !== undefined) setNested(result, name, (previous) => previous ?? missing);
  }
  result._.push(...args.slice(end + 1));
  return result;
}
