/**
 * Configuration files that are good or bad, and the program that reads them.
 *
 * @module
 */
import { type Outcome, runProgram } from "../../cli/program.ts";

const FOLDER = new URL("./", import.meta.url);

/** Files that the good ones name. */
export const OTHER_FILES: Readonly<Record<string, string>> = {
  "secrets/all": "of-all\n",
  "/secrets/o2": "of-o2\n",
  password: "S3cret-canary\n",
};

/** A file of the corpus. */
export interface Specimen {
  /** Its name without extension. */
  readonly name: string;
  /** Its text. */
  readonly text: string;
}

/**
 * The good files or the bad ones, by name. Bad ones end in `.yml.txt`: what is no YAML cannot be formatted as such.
 *
 * @param kind Which.
 */
export async function readCorpus(kind: "good" | "bad"): Promise<readonly Specimen[]> {
  const extension = kind === "good" ? ".yml" : ".yml.txt";
  const entries = await Array.fromAsync(Deno.readDir(new URL(kind, FOLDER)));
  const files = entries.map(({ name }) => name).filter((name) => name.endsWith(extension)).sort();
  return await Promise.all(files.map(async (file) => ({
    name: file.slice(0, -extension.length),
    text: await Deno.readTextFile(new URL(`${kind}/${file}`, FOLDER)),
  })));
}

/** Where the messages of a bad file are. */
export function messagesOf(name: string): URL {
  return new URL(`bad/${name}.problems.txt`, FOLDER);
}

/** Runs `serve` with a configuration file that has this text. */
export function runWith(
  { name, text }: Specimen,
  options: {
    readonly args?: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
    readonly files?: Readonly<Record<string, string>>;
  } = {},
): Promise<Outcome> {
  const path = `${name}.yml`;
  return runProgram([`--config.file=${path}`, ...options.args ?? []], {
    files: { ...OTHER_FILES, ...options.files, [path]: text },
    ...(options.environment === undefined ? {} : { environment: options.environment }),
  });
}

/** What was wrong, one line each, as the user reads it. */
export function problemsOf({ stderr }: Outcome): string {
  const [problems = ""] = stderr.split("\n\n");
  return `${problems.replaceAll(/^pg-replication-exporter: /gm, "").trimEnd()}\n`;
}
