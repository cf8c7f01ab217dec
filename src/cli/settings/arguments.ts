import { parseArgs } from "@std/cli";
import { didYouMean } from "../../config/suggestion.ts";
import type { Flag } from "./flags.ts";

/** The command line, before any value is interpreted. */
export interface Arguments {
  /** Values by flag name, as written; "true" or "false" for a switch. Flags that were not given are absent. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  /** Arguments that belong to no flag: the command and its operands. */
  readonly words: readonly string[];
  /** One sentence per mistake. */
  readonly problems: readonly string[];
}

/** One way to write a flag: `--NAME` or `--no-NAME`. */
interface Spelling {
  readonly flag: Flag;
  readonly written: string;
  readonly isNegated: boolean;
}

/** A flag as it was given. */
interface Use extends Spelling {
  /** `null` for a switch without a value. */
  readonly value: string | null;
}

/** Replaces the dots of names: no argument of a process can contain it. */
const DOT = "\0";

/** Value of a switch that was given without one; `encodeValue` never makes it. */
const NO_VALUE = "=-";

function spellingsOf(flag: Flag): readonly Spelling[] {
  const plain = { flag, written: `--${flag.name}`, isNegated: false };
  return flag.isNegatable ? [plain, { flag, written: `--no-${flag.name}`, isNegated: true }] : [plain];
}

/** The name that `parseArgs` sees: it would nest a name at its dots, and strip `no-` after the dashes. */
function encodeName(written: string): string {
  return `/${written.replaceAll(".", DOT)}`;
}

/** The value that `parseArgs` sees: it would not take an empty argument as the value of the flag before it. */
function encodeValue(value: string): string {
  return value === "" || value.startsWith("=") ? `=${value}` : value;
}

function decodeValue(value: string): string {
  return value.startsWith("=") ? value.slice(1) : value;
}

/** An argument for `parseArgs`; a switch gets a value, so that the next argument is never taken for it. */
function encodeArgument(argument: string, spellings: ReadonlyMap<string, Spelling>): string {
  if (!argument.startsWith("-")) return encodeValue(argument);
  const [, name = "", value] = /^([^=]*)(?:=(.*))?$/s.exec(argument === "-h" ? "--help" : argument) ?? [];
  if (value !== undefined) return `--${encodeName(name)}=${encodeValue(value)}`;
  return `--${encodeName(name)}${spellings.get(name)?.flag.placeholder === "" ? `=${NO_VALUE}` : ""}`;
}

function usesOf(spelling: Spelling, parsed: Readonly<Record<string, unknown>>): readonly Use[] {
  const found = parsed[encodeName(spelling.written)];
  return (Array.isArray(found) ? found.map(String) : [])
    .map((value) => ({ ...spelling, value: value === NO_VALUE ? null : decodeValue(value) }));
}

/** What is wrong with one use of a flag; "" when nothing is. */
function valueProblem({ flag, isNegated, written, value }: Use): string {
  if (flag.placeholder !== "") {
    return value ? "" : `Flag "${written}" needs a value: ${written}=${flag.placeholder}`;
  }
  if (value === null) return "";
  if (isNegated) return `Flag "${written}" takes no value`;
  return value === "true" || value === "false"
    ? ""
    : `Flag "${written}" is a switch: expected no value, true or false`;
}

/** What is wrong with all uses of a flag together; "" when nothing is. */
function repetitionProblem([first, ...others]: readonly Use[]): string {
  if (first === undefined || first.flag.isRepeatable || others.length === 0) return "";
  const contrary = others.find(({ isNegated }) => isNegated !== first.isNegated);
  return contrary === undefined
    ? `Flag "${first.written}" is given twice: expected once`
    : `Flags "${first.written}" and "${contrary.written}" contradict each other`;
}

/**
 * Parses the command line.
 *
 * @param args Its arguments.
 * @param flags Every flag there is.
 */
export function parseArguments(args: readonly string[], flags: readonly Flag[]): Arguments {
  const spellings = new Map(flags.flatMap(spellingsOf).map((spelling) => [spelling.written, spelling]));
  const names = [...spellings.keys()].map(encodeName);
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const problems: string[] = [];
  const parsed: Record<string, unknown> = parseArgs(
    args.map((each, index) => index < end ? encodeArgument(each, spellings) : encodeValue(each)),
    {
      string: ["_", ...names],
      collect: names,
      unknown: (_argument, name) => {
        if (name === undefined) return true; // a word
        const written = name.slice(1).replaceAll(DOT, ".");
        const hint = didYouMean(written, spellings.keys()) || ": help all lists the flags";
        problems.push(`Unknown flag "${written}"${hint}`);
        return false;
      },
    },
  );
  const given = new Map<string, readonly string[]>();
  for (const flag of flags) {
    const uses = spellingsOf(flag).flatMap((spelling) => usesOf(spelling, parsed));
    problems.push(...[...uses.map(valueProblem), repetitionProblem(uses)].filter((each) => each !== ""));
    const valid = uses.filter((use) => valueProblem(use) === "")
      .map(({ value, isNegated }) => value ?? String(!isNegated));
    const values = flag.isRepeatable ? valid : valid.slice(0, 1);
    if (values.length > 0 || (flag.isRepeatable && uses.length > 0)) given.set(flag.name, values);
  }
  const words = Array.isArray(parsed["_"]) ? parsed["_"].map((word) => decodeValue(String(word))) : [];
  return { given, words, problems };
}
