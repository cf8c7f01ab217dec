/**
 * Stand-in for the parts of `@std/cli` 1.x that are used: same names, signatures and meaning.
 *
 * @module
 */

/** What the arguments may be; of the real options, those used. */
export interface ParseOptions {
  /** Names of flags without a value; `false` when not given. */
  boolean?: readonly string[];
  /** Names of flags with a value; absent when not given. */
  string?: readonly string[];
  /** Names of flags whose values are collected into a list; `[]` when not given. */
  collect?: readonly string[];
  /** Names of flags that `--no-NAME` sets to `false`. */
  negatable?: readonly string[];
}

/** Values by flag name (dots in a name make objects in objects); `_` holds what belongs to no flag. */
export type Args = Record<string, unknown> & { _: (string | number)[] };

const FLAG = /^--(no-)?(.+?)(?:=(.+?))?$/s;
const NUMBER = /^(?:0x[0-9a-f]+|[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)$/i;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Sets a value under a name, in objects in objects where it has dots. */
function setNested(target: Record<string, unknown>, name: string, set: (previous: unknown) => unknown): void {
  const keys = name.split(".");
  const last = keys.pop() ?? name;
  let object = target;
  for (const key of keys) {
    const next = object[key] ?? {};
    if (!isRecord(next)) throw new TypeError(`Cannot create property '${last}' on '${String(next)}'`);
    object[key] = next;
    object = next;
  }
  object[last] = set(object[last]);
}

/**
 * Splits arguments into flags and the rest.
 *
 * A flag's value is what follows `=`, or the next argument unless that begins with `-`; a flag of `string` without
 * a value is "". Everything behind `--` belongs to no flag. Short flags are not supported by this stand-in.
 *
 * @param args The arguments.
 * @param options What they may be.
 * @returns The values.
 */
export function parseArgs(args: string[], options: ParseOptions = {}): Args {
  const { boolean = [], string = [], collect = [], negatable = [] } = options;
  const result: Args = { _: [] };
  const assign = (name: string, value: unknown) => {
    const typed = typeof value === "string" && !string.includes(name) && NUMBER.test(value)
      ? Number(value)
      : value;
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
      result._.push(NUMBER.test(arg) && !string.includes("_") ? Number(arg) : arg);
      continue;
    }
    const [, negated, bare = "", value] = match;
    if (value !== undefined) {
      assign(bare, boolean.includes(bare) ? value !== "false" : value);
      continue;
    }
    if (negated !== undefined && negatable.includes(bare)) {
      setNested(result, bare, () => false);
      continue;
    }
    const name = `${negated ?? ""}${bare}`;
    const next = index + 1 < end ? args[index + 1] : undefined;
    if (!boolean.includes(name) && next && !next.startsWith("-")) {
      assign(name, next);
      index++;
    } else if (next === "true" || next === "false") {
      assign(name, next === "true");
      index++;
    } else {
      assign(name, string.includes(name) ? "" : true);
    }
  }
  for (const name of [...boolean, ...string]) {
    const missing = collect.includes(name) ? [] : boolean.includes(name) ? false : undefined;
    if (missing !== undefined) setNested(result, name, (previous) => previous ?? missing);
  }
  result._.push(...args.slice(end + 1));
  return result;
}
