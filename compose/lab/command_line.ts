/** Shared by the commands of the lab: options, output and signals. */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { didYouMean } from "../../src/config/suggestion.ts";
import { isMajor, MAJORS } from "./binaries.ts";

/** An invalid command line: shown without a stack, exit code 2. */
export class UsageError extends Error {
  /** Name of the class. */
  override readonly name = "UsageError";
}

/** The user stopped the start. */
export class StoppedError extends Error {
  /** Name of the class. */
  override readonly name = "StoppedError";
}

/** Options and other words of a command line. */
export interface ParsedLine {
  /** Values of options with one, by name. */
  readonly values: ReadonlyMap<string, string>;
  /** Given options without a value. */
  readonly switches: ReadonlySet<string>;
  /** Everything else. */
  readonly words: readonly string[];
}

/**
 * Parses a command line.
 *
 * @param args The arguments.
 * @param options Names of options with a value (`values`) and without (`switches`).
 * @throws {UsageError} When an option is unknown or lacks its value, with a suggestion
 */
export function parseLine(
  args: readonly string[],
  options: { readonly values: readonly string[]; readonly switches: readonly string[] },
): ParsedLine {
  const config: ParseArgsOptionsConfig = {};
  for (const name of options.values) config[name] = { type: "string" };
  for (const name of options.switches) config[name] = { type: "boolean" };
  if (options.switches.includes("help")) config["help"] = { type: "boolean", short: "h" };
  const { tokens } = parseArgs({
    args: [...args],
    options: config,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string>();
  const switches = new Set<string>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    if (options.switches.includes(token.name)) {
      if (token.value !== undefined) throw new UsageError(`Option ${token.rawName} takes no value`);
      switches.add(token.name);
    } else if (options.values.includes(token.name)) {
      if (token.value === undefined || token.value === "") {
        throw new UsageError(`Option ${token.rawName} needs a value: ${token.rawName}=VALUE`);
      }
      values.set(token.name, token.value);
    } else {
      const known = [...options.values, ...options.switches].map((name) => `--${name}`);
      throw new UsageError(
        `Unknown option ${token.rawName}${didYouMean(token.rawName, known) || "; --help lists them"}`,
      );
    }
  }
  return { values, switches, words };
}

/**
 * Reads a whole number.
 *
 * @throws {UsageError} When it is not a whole number, or out of range
 */
export function parseWhole(
  line: ParsedLine,
  option: { readonly name: string; readonly default: number; readonly least: number; readonly most: number },
): number {
  const text = line.values.get(option.name);
  if (text === undefined) return option.default;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= option.least && value <= option.most) return value;
  throw new UsageError(
    `Cannot read --${option.name} "${text}": expected a whole number from ${option.least} to ${option.most}`,
  );
}

/**
 * Reads `--pg`.
 *
 * @throws {UsageError} When the lab does not have this version
 */
export function parseMajor(line: ParsedLine): number {
  const text = line.values.get("pg") ?? "18";
  if (isMajor(Number(text))) return Number(text);
  throw new UsageError(`Cannot read --pg "${text}": expected one of ${MAJORS.join(", ")}`);
}

/** Writes a line to stdout. */
export async function say(text: string): Promise<void> {
  await writeAll(Deno.stdout, `${text}\n`);
}

/** Writes a line to stderr. */
export async function complain(text: string): Promise<void> {
  await writeAll(Deno.stderr, `${text}\n`);
}

/** A closed pipe (`| head`) is not an error. */
async function writeAll(to: { write(bytes: Uint8Array): Promise<number> }, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let done = 0; done < bytes.length;) done += await to.write(bytes.subarray(done));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** The messages of an error, without stacks. */
export function explain(error: unknown): string {
  if (error instanceof AggregateError) return [error.message, ...error.errors.map(explain)].join("\n");
  return error instanceof Error ? error.message : String(error);
}

/** Aborts on the first SIGINT, SIGTERM or SIGHUP; dispose it to stop listening. */
export class StopSignals implements Disposable {
  readonly #controller = new AbortController();
  readonly #listener = () => this.stop();

  /** Listens. */
  constructor() {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      Deno.addSignalListener(signal, this.#listener);
    }
  }

  /** Aborts on the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts, like a signal. */
  stop(): void {
    this.#controller.abort(new StoppedError("Stopped"));
  }

  /** Waits for the first signal. */
  async wait(): Promise<void> {
    if (this.signal.aborted) return;
    await new Promise<void>((resolve) =>
      this.signal.addEventListener("abort", () => resolve(), { once: true })
    );
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      Deno.removeSignalListener(signal, this.#listener);
    }
  }
}
