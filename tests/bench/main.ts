/**
 * `deno task bench`: see `statistics.ts` for the layout of this folder.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { benchmarks } from "./benchmarks.ts";
import { readLoad, readMachine } from "./machine.ts";
import type { Row } from "./row.ts";
import { Stage } from "./stage.ts";
import { renderTable } from "./table.ts";

const HELP =
  `Measures speed and memory on a primary and two standbys, side by side with prometheus-postgres-exporter.

Usage: deno task bench [--quick] [--only NAME ...] [--json]

  --quick      fewer repetitions: under two minutes, wider spread
  --only NAME  only this benchmark; repeatable
  --json       JSON on standard output instead of the table

Benchmarks:
${benchmarks.map(({ name, help }) => `  ${name.padEnd(18)} ${help}`).join("\n")}

Exit status: 0 when every goal is met, 1 when one is missed or a benchmark failed, 2 for a wrong argument.
Without PostgreSQL 15, prometheus-postgres-exporter, taskset or a denort the rows that need them are skipped.
`;

interface Choice {
  readonly names: readonly string[];
  readonly isQuick: boolean;
  readonly isJson: boolean;
}

/** What to do; a text that is only printed. */
function readChoice(args: readonly string[]): Choice | { readonly text: string; readonly code: number } {
  const parsed = parseArgs([...args], {
    boolean: ["quick", "json", "help"],
    string: ["only"],
    collect: ["only"],
  });
  if (parsed["help"]) return { text: HELP, code: 0 };
  const known = new Set(["_", "quick", "json", "help", "only"]);
  const strange = [
    ...Object.keys(parsed).filter((name) => !known.has(name)).map((name) => `--${name}`),
    ...parsed._,
  ];
  if (strange.length > 0) return { text: `Unknown argument "${strange[0]}", see --help\n`, code: 2 };
  const only: unknown = parsed["only"];
  const names = Array.isArray(only) ? only.map(String) : [];
  const wrong = names.find((name) => !benchmarks.some((benchmark) => benchmark.name === name));
  if (wrong !== undefined) {
    const all = benchmarks.map(({ name }) => name).join(", ");
    return { text: `No benchmark "${wrong}": choose from ${all}\n`, code: 2 };
  }
  return { names, isQuick: parsed["quick"] === true, isJson: parsed["json"] === true };
}

async function write(stream: { write(bytes: Uint8Array): Promise<number> }, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += await stream.write(bytes.subarray(done));
}

async function measure(choice: Choice, signal: AbortSignal): Promise<number> {
  const progress = (message: string) => {
    write(Deno.stderr, `${message}\n`);
  };
  const machine = await readMachine();
  const loads = [readLoad()];
  const startedAt = performance.now();
  await using stage = await Stage.start({ isQuick: choice.isQuick, signal, progress });
  const postgres = stage.cluster.binaries.version;
  const results: { readonly benchmark: string; readonly seconds: number; readonly rows: readonly Row[] }[] =
    [];
  for (const { name, help, run, isByNameOnly = false } of benchmarks) {
    if (!choice.names.includes(name) && (choice.names.length > 0 || isByNameOnly)) continue;
    signal.throwIfAborted();
    progress(`${name}: ${help}`);
    const before = performance.now();
    const rows = await run(stage).catch((error: unknown): readonly Row[] => {
      signal.throwIfAborted();
      progress(`${name} failed: ${error instanceof Error ? error.stack ?? error.message : error}`);
      return [{ what: `${name}: ${help}`, goal: "", figure: "failed", verdict: "MISSED" }];
    });
    results.push({ benchmark: name, seconds: (performance.now() - before) / 1000, rows });
    loads.push(readLoad());
  }
  const rows = results.flatMap((result) => result.rows);
  if (choice.isJson) {
    await write(
      Deno.stdout,
      `${JSON.stringify({ machine, postgres, loads, isQuick: choice.isQuick, results }, null, 2)}\n`,
    );
  } else {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    await write(
      Deno.stdout,
      `\n${
        renderTable(rows)
      }\n${machine.processor}, ${machine.cores} cores, ${machine.memoryGibibytes} GiB, ` +
        `${machine.system}, Deno ${machine.deno}, PostgreSQL ${postgres}; ${
          new Date().toISOString().slice(0, 10)
        }, ` +
        `${seconds} s${choice.isQuick ? ", quick" : ""}; load average ${Math.min(...loads).toFixed(2)} to ${
          Math.max(...loads).toFixed(2)
        }\n`,
    );
  }
  return rows.some(({ verdict }) => verdict === "MISSED") ? 1 : 0;
}

async function main(args: readonly string[]): Promise<number> {
  const choice = readChoice(args);
  if ("text" in choice) {
    await write(choice.code === 0 ? Deno.stdout : Deno.stderr, choice.text);
    return choice.code;
  }
  const stopping = new AbortController();
  const stop = () => stopping.abort(new Error("Interrupted"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
  try {
    return await measure(choice, stopping.signal);
  } catch (error) {
    if (stopping.signal.aborted) await write(Deno.stderr, "Interrupted; everything is stopped\n");
    else await write(Deno.stderr, `${error instanceof Error ? error.stack ?? error.message : error}\n`);
    return 1;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(signal, stop);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
