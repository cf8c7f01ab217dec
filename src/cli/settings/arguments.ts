import { parseArgs } from "@std/cli";
import { didYouMean } from "../../config/suggestion.ts";
import type { Flag } from "./flags.ts";

/** What the command line says, before any value has been looked at. */
export interface Arguments {
  /** Values by flag name, as written; of a switch "true" or "false". Flags that were not given are absent. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  /** What is no flag: the command. */
  readonly words: readonly string[];
  /** One sentence per mistake. */
  readonly problems: readonly string[];
}

/** One argument that names a flag. */
interface Token {
  readonly flag: Flag;
  readonly isNegated: boolean;
  /** What follows `=`; `undefined` when there is none. */
  readonly value: string | undefined;
  /** The name as written, for messages. */
  readonly written: string;
}

/** Reads one argument that begins with `-`. */
function parseToken(argument: string, flags: readonly Flag[]): Token | string {
  if (argument === "-h") return parseToken("--help", flags);
  const equals = argument.indexOf("=");
  const written = equals === -1 ? argument : argument.slice(0, equals);
  const value = equals === -1 ? undefined : argument.slice(equals + 1);
  const name = written.startsWith("--") ? written.slice(2) : "";
  const flag = flags.find((candidate) => candidate.name === name);
  if (flag !== undefined) return { flag, isNegated: false, value, written };
  const negated = flags.find((candidate) => candidate.isNegatable && `no-${candidate.name}` === name);
  if (negated !== undefined) return { flag: negated, isNegated: true, value, written };
  const known = flags.flatMap((candidate) => [
    `--${candidate.name}`,
    ...(candidate.isNegatable ? [`--no-${candidate.name}`] : []),
  ]);
  return `Unknown flag "${written}"${didYouMean(written, known) || ": --help lists the flags"}`;
}

/** What is wrong with a token by itself; "" when nothing is. */
function tokenProblem({ flag, isNegated, value, written }: Token): string {
  if (flag.placeholder !== "") {
    return value ? "" : `Flag "${written}" needs a value: ${written}=${flag.placeholder}`;
  }
  if (isNegated && value !== undefined) return `Flag "${written}" takes no value`;
  return value === undefined || value === "true" || value === "false"
    ? ""
    : `Flag "${written}" is a switch: expected no value, true or false`;
}

/** Notes a flag that is given once more than it may be. */
function repetitionProblem({ flag, isNegated, written }: Token, earlier: readonly Token[]): string {
  const before = earlier.find((token) => token.flag === flag);
  if (before === undefined || flag.isRepeatable) return "";
  return before.isNegated === isNegated
    ? `Flag "${written}" is given twice: expected once`
    : `Flags "${before.written}" and "${written}" contradict each other`;
}

/**
 * `parseArgs` makes objects in objects of names with dots, takes `--name=` for a flag called `name=` and lets the
 * value of `--no-name=x` win over `no-`. It is handed `--name=value` of what is known, dots folded to slashes.
 */
function fold(name: string): string {
  return name.replaceAll(".", "/");
}

function split(args: readonly string[], flags: readonly Flag[]): Record<string, unknown> {
  const names = (condition: (flag: Flag) => boolean) => flags.filter(condition).map(({ name }) => fold(name));
  return parseArgs([...args], {
    boolean: names(({ placeholder }) => placeholder === ""),
    string: [...names(({ placeholder }) => placeholder !== ""), "_"],
    collect: names(({ isRepeatable }) => isRepeatable),
  });
}

/** Reads one argument that begins with `-`, with the next one as its value if it needs one and that is none itself. */
function readToken(
  args: readonly string[],
  { index, flags }: { readonly index: number; readonly flags: readonly Flag[] },
): { readonly token: Token | string; readonly used: number } {
  const argument = args[index] ?? "";
  const next = args[index + 1];
  const token = parseToken(argument, flags);
  const isAlone = argument.includes("=") || next === undefined || next.startsWith("-");
  // What follows a flag that is not known is most likely its value: it is no command either.
  if (typeof token === "string") return { token, used: isAlone ? 1 : 2 };
  if (isAlone || token.flag.placeholder === "") return { token, used: 1 };
  return { token: { ...token, value: next }, used: 2 };
}

/**
 * Parses the command line.
 *
 * @param args Its arguments.
 * @param flags The flags there are.
 * @returns Values, words and every mistake.
 */
export function parseArguments(args: readonly string[], flags: readonly Flag[]): Arguments {
  const problems: string[] = [];
  const tokens: Token[] = [];
  const folded: string[] = [];
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  let index = 0;
  while (index < end) {
    const argument = args[index] ?? "";
    if (!argument.startsWith("-")) {
      folded.push(argument);
      index++;
      continue;
    }
    const { token, used } = readToken(args.slice(0, end), { index, flags });
    index += used;
    if (typeof token === "string") {
      problems.push(token);
      continue;
    }
    const problem = tokenProblem(token) || repetitionProblem(token, tokens);
    if (problem !== "") problems.push(problem);
    else folded.push(`--${fold(token.flag.name)}=${token.value ?? !token.isNegated}`);
    tokens.push(token);
  }
  const values = split([...folded, ...args.slice(end)], flags);
  const given = new Map<string, readonly string[]>();
  for (const { flag } of tokens) {
    const value = values[fold(flag.name)];
    if (value !== undefined) given.set(flag.name, (Array.isArray(value) ? value : [value]).map(String));
  }
  const words = Array.isArray(values["_"]) ? values["_"].map(String) : [];
  return { given, words, problems };
}
