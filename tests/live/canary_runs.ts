/**
 * Runs of the exporter whose whole output is searched for passwords.
 *
 * @module
 */
import { runtimeFlags } from "../../compose/build/runtime_flags.ts";
import { assertNoSecret } from "../canary.ts";
import { FROM_SOURCE } from "../serve_process.ts";
import type { CommandOutcome } from "./command.ts";

/** The exporter with the permissions of the binary, and one more writable directory. */
export function programFor(directory: string): readonly string[] {
  const flags = runtimeFlags().map((flag) =>
    flag.startsWith("--allow-write=") ? `${flag},${directory}` : flag
  );
  return [Deno.execPath(), "run", "--quiet", ...flags, FROM_SOURCE.at(-1) ?? ""];
}

/** An environment without variables of the exporter, except the given ones. */
export function bareEnvironment(more: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const kept = ["PATH", "HOME", "DENO_DIR"].map((name) => [name, Deno.env.get(name) ?? ""]);
  return { ...Object.fromEntries(kept), NO_COLOR: "1", ...more };
}

/**
 * Runs it until it ends; its output must not contain a password of the lab.
 *
 * @param program Program and first arguments.
 * @param args Further arguments.
 * @param env Additional variables.
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
 * The start of an event stream, up to the first complete event of a kind; it must not contain a password of the lab.
 *
 * @param url Its URL.
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
