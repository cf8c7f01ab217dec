/**
 * `deno task truth`: measures the accuracy of the lag and writes docs/TRUTH.md.
 *
 * @module
 */
import { isMajor, MAJORS } from "../../compose/lab/binaries.ts";
import { readLoad, readMachine } from "../bench/machine.ts";
import { meetsGoal, renderPage } from "./page.ts";
import { runScenarios, SCENARIOS } from "./scenarios.ts";

const PAGE = new URL("../../docs/TRUTH.md", import.meta.url);
const DEFAULT_MAJOR = 18;

const HELP = `Usage: deno task truth [--only NAME,NAME] [--major N] [--json]

Compares the published lag and the usual formulas with the true lag on real clusters, and writes docs/TRUTH.md. With a
selection of scenarios or another major version it prints the page instead. Exit code 1: a goal was missed.

  --only   Scenarios to run: ${SCENARIOS.map(([id]) => id).join(", ")}
  --major  PostgreSQL's major version, ${MAJORS.join(", ")}; ${DEFAULT_MAJOR} by default
  --json   Print the scores as JSON
`;

interface Choice {
  readonly only: readonly string[];
  readonly major: number;
  readonly isJson: boolean;
}

/** Parses the command line; returns the error as a sentence. */
function readChoice(args: readonly string[]): Choice | string {
  let choice: Choice = { only: [], major: DEFAULT_MAJOR, isJson: false };
  const words = args.flatMap((arg) => arg.startsWith("--") ? arg.split("=") : [arg]);
  while (words.length > 0) {
    const word = words.shift();
    if (word === "--json") choice = { ...choice, isJson: true };
    else if (word === "--only") {
      const only = (words.shift() ?? "").split(",");
      const wrong = only.find((id) => !SCENARIOS.some(([known]) => known === id));
      if (wrong !== undefined) return `No scenario "${wrong}"\n\n${HELP}`;
      choice = { ...choice, only };
    } else if (word === "--major") {
      const major = Number(words.shift());
      if (!isMajor(major)) return `No such major version\n\n${HELP}`;
      choice = { ...choice, major };
    } else return word === "--help" ? HELP : `Unknown argument "${word}"\n\n${HELP}`;
  }
  return choice;
}

async function write(stream: typeof Deno.stdout, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += await stream.write(bytes.subarray(done));
}

async function measure({ only, major, isJson }: Choice, signal: AbortSignal): Promise<number> {
  const startedAt = performance.now();
  const machine = await readMachine();
  const loads = [readLoad()];
  const { rows, version } = await runScenarios({
    only,
    major,
    signal,
    progress: (message) => {
      loads.push(readLoad());
      write(Deno.stderr, `${((performance.now() - startedAt) / 1000).toFixed(0)} s: ${message}\n`);
    },
  });
  loads.push(readLoad());
  const date = new Date().toISOString().slice(0, 10);
  const seconds = (performance.now() - startedAt) / 1000;
  const isWhole = only.length === 0 && major === DEFAULT_MAJOR;
  if (isJson) {
    await write(Deno.stdout, `${JSON.stringify({ date, version, machine, loads, rows }, null, 2)}\n`);
  } else {
    const page = renderPage({ rows, version, machine, loads, date, seconds });
    if (isWhole) await Deno.writeTextFile(PAGE, page);
    await write(Deno.stdout, isWhole ? "Wrote docs/TRUTH.md\n" : page);
  }
  const missed = rows.filter((row) => !meetsGoal(row)).map(({ id }) => id);
  if (missed.length > 0) await write(Deno.stderr, `Missed the goal in ${missed.join(", ")}\n`);
  return missed.length > 0 ? 1 : 0;
}

async function main(args: readonly string[]): Promise<number> {
  const choice = readChoice(args);
  if (typeof choice === "string") {
    await write(choice === HELP ? Deno.stdout : Deno.stderr, choice);
    return choice === HELP ? 0 : 2;
  }
  const stopping = new AbortController();
  const stop = () => stopping.abort(new Error("Interrupted"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  stopping.signal.addEventListener("abort", () => reject(stopping.signal.reason), { once: true });
  try {
    return await Promise.race([measure(choice, stopping.signal), stopped]);
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(signal, stop);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
