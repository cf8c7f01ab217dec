/**
 * `deno task truth`: measures the accuracy of the lag and writes docs/TRUTH.md.
 *
 * @module
 */
import { isMajor, MAJORS } from "../../compose/lab/binaries.ts";
import { readLoad, readMachine } from "../bench/machine.ts";
import { LOGICAL_HEADING, meetsLogicalGoal, renderLogicalPart } from "./logical_page.ts";
import { LOGICAL_SCENARIOS, runLogicalScenarios } from "./logical_scenarios.ts";
import { meetsGoal, renderPage } from "./page.ts";
import { type Row, runScenarios, SCENARIOS } from "./scenarios.ts";

const PAGE = new URL("../../docs/TRUTH.md", import.meta.url);
const DEFAULT_MAJOR = 18;

const ALL = [...SCENARIOS, ...LOGICAL_SCENARIOS];

const HELP = `Usage: deno task truth [--standbys|--logical] [--only NAME,NAME] [--major N] [--json]

Compares the published lag and the usual formulas with the true lag, on real clusters, and writes docs/TRUTH.md. With
--only or another --major it prints the page instead. Exit code 1: the goal was not met.

  --standbys  Only the part of standbys
  --logical   Only the part of subscriptions
  --only      Scenarios to run: ${SCENARIOS.map(([id]) => id).join(", ")};
              of subscriptions: ${LOGICAL_SCENARIOS.map(([id]) => id).join(", ")}
  --major     PostgreSQL's major version, ${MAJORS.join(", ")}; ${DEFAULT_MAJOR} when not given
  --json      Print the scores as JSON
`;

/** The two parts of the page. */
type Part = "standbys" | "logical";

interface Choice {
  readonly parts: readonly Part[];
  readonly only: readonly string[];
  readonly major: number;
  readonly isJson: boolean;
}

/** Reads the command line; returns a message if it is invalid. */
function readChoice(args: readonly string[]): Choice | string {
  let choice: Choice = { parts: ["standbys", "logical"], only: [], major: DEFAULT_MAJOR, isJson: false };
  const words = args.flatMap((arg) => arg.startsWith("--") ? arg.split("=") : [arg]);
  while (words.length > 0) {
    const word = words.shift();
    if (word === "--json") choice = { ...choice, isJson: true };
    else if (word === "--standbys" || word === "--logical") {
      choice = { ...choice, parts: [word === "--logical" ? "logical" : "standbys"] };
    } else if (word === "--only") {
      const only = (words.shift() ?? "").split(",");
      const wrong = only.find((id) => !ALL.some(([known]) => known === id));
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

/** The page with one of its parts replaced. */
async function replacePart(part: Part, text: string): Promise<string> {
  const [first = "", second = ""] = (await Deno.readTextFile(PAGE)).split(`\n${LOGICAL_HEADING}\n`);
  const parts = {
    standbys: first,
    logical: second === "" ? "" : `\n${LOGICAL_HEADING}\n${second}`,
    ...{ [part]: part === "logical" ? `\n${text}` : text },
  };
  return parts.standbys + parts.logical;
}

async function write(stream: typeof Deno.stdout, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += await stream.write(bytes.subarray(done));
}

async function measure(choice: Choice, signal: AbortSignal): Promise<number> {
  const missed: string[] = [];
  for (const part of choice.parts) missed.push(...await measurePart(part, choice, signal));
  if (missed.length > 0) await write(Deno.stderr, `Goal not met in ${missed.join(", ")}\n`);
  return missed.length > 0 ? 1 : 0;
}

/** Measures one part; returns the scenarios that miss the goal. */
async function measurePart(
  part: Part,
  { only: wanted, major, isJson }: Choice,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const own = part === "logical" ? LOGICAL_SCENARIOS : SCENARIOS;
  const only = wanted.filter((id) => own.some(([known]) => known === id));
  if (wanted.length > 0 && only.length === 0) return [];
  const startedAt = performance.now();
  const machine = await readMachine();
  const loads = [readLoad()];
  const options = {
    only,
    major,
    signal,
    progress: (message: string) => {
      loads.push(readLoad());
      write(Deno.stderr, `${((performance.now() - startedAt) / 1000).toFixed(0)} s: ${message}\n`);
    },
  };
  const date = new Date().toISOString().slice(0, 10);
  const told = (rows: readonly Row<string>[], version: string) =>
    `${JSON.stringify({ date, version, machine, loads, rows }, null, 2)}\n`;
  const tell = async (text: string) => {
    const isWhole = wanted.length === 0 && major === DEFAULT_MAJOR && !isJson;
    if (isWhole) await Deno.writeTextFile(PAGE, await replacePart(part, text));
    await write(Deno.stdout, isWhole ? "Wrote docs/TRUTH.md\n" : text);
  };
  const during = () => ({
    machine,
    loads: [...loads, readLoad()],
    date,
    seconds: (performance.now() - startedAt) / 1000,
  });
  if (part === "logical") {
    const { rows, version } = await runLogicalScenarios(options);
    await tell(isJson ? told(rows, version) : renderLogicalPart({ rows, version, ...during() }));
    return rows.filter((row) => !meetsLogicalGoal(row)).map(({ id }) => id);
  }
  const { rows, version } = await runScenarios(options);
  await tell(isJson ? told(rows, version) : renderPage({ rows, version, ...during() }));
  return rows.filter((row) => !meetsGoal(row)).map(({ id }) => id);
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
