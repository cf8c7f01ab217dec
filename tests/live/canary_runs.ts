/**
 * Runs of the program whose every word is searched for passwords.
 *
 * @module
 */
import { runtimeFlags } from "../../compose/build/runtime_flags.ts";
import { assertNoSecret } from "../canary.ts";
import { FROM_SOURCE } from "../serve_process.ts";
import type { CommandOutcome } from "./command.ts";

/** The exporter as the binary runs, but with one more directory to write to. */
export function programFor(directory: string): readonly string[] {
  const flags = runtimeFlags().map((flag) =>
    flag.startsWith("--allow-write=") ? `${flag},${directory}` : flag
  );
  return [Deno.execPath(), "run", "--quiet", ...flags, FROM_SOURCE.at(-1) ?? ""];
}

/** An environment with nothing of ours in it, but what is given. */
export function bareEnvironment(more: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const kept = ["PATH", "HOME", "DENO_DIR"].map((name) => [name, Deno.env.get(name) ?? ""]);
  return { ...Object.fromEntries(kept), NO_COLOR: "1", ...more };
}

/**
 * Runs it to its end; no password of the lab may be in what it writes.
 *
 * @param program Program and first arguments.
 * @param args Further arguments.
 * @param env Variables besides the usual ones.
 */
export async function runChecked(
  program: readonly string[],
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandOutcome> {
  const [path = "", ...first] = program;
  const output = await new Deno.Command(path, {
    args: [...first, ...args],
    clearEnv: true,
    env: bareEnvironment(env),
    stdin: "null",
    signal: AbortSignal.timeout(60_000),
  }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  assertNoSecret(`${stdout}\n${stderr}`, { what: `what "${args.slice(0, 2).join(" ")}" wrote` });
  return { code: output.code, stdout: stdout ?? "", stderr: stderr ?? "" };
}

/**
 * The beginning of a stream of events, up to its first whole event of a kind; no password of the lab may be in it.
 *
 * @param url Where it is.
 * @param event The kind.
 * @param init As for `fetch`.
 */
export async function readEvent(url: string, event: string, init: RequestInit = {}): Promise<string> {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), 60_000);
  try {
    const response = await fetch(url, { ...init, signal: end.signal });
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (new RegExp(`^event: ${event}\\ndata: .*\\n\\n`, "m").test(text)) break;
    }
    assertNoSecret(text, { what: `the events of ${url}` });
    return text;
  } finally {
    clearTimeout(timer);
    end.abort();
  }
}
