/**
 * `deno task compile`: one executable in `dist/`, with version and commit baked in.
 *
 * The sources are copied to a temporary directory and bundled there with a generated `src/cli/build_info.ts`, so that
 * the working tree does not change. What is imported when first needed stays a part of its own: one module with
 * everything would be in memory from the start. `deno compile` downloads Deno's runtime, `denort`. Where that is not
 * possible, `DENORT_BIN` names a runtime and `DENORT_DENO` the matching version of Deno, which is then installed from
 * npm.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { runtimeFlags } from "./runtime_flags.ts";

/** Directory of the repository. */
const ROOT = new URL("../../", import.meta.url).pathname;

/** Default of `--output`: the path of the executable. */
export const DEFAULT_OUTPUT = `${ROOT}dist/pg-replication-exporter`;

/** No runtime for the executable is available; the sources are not the problem. */
export class NoDenortError extends Error {
  /** Class name. */
  override readonly name = "NoDenortError";
}

/** A program and its arguments. */
export interface Invocation {
  /** Program and first arguments, up to `compile`. */
  readonly command: readonly string[];
  /** Variables it needs in addition to its environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The Deno to compile with.
 *
 * @param env The environment: `DENORT_BIN`, `DENORT_DENO`.
 * @param running The Deno that runs this: path and version.
 * @returns The running Deno, or the one from npm if `DENORT_DENO` names another version.
 */
export function compilerFor(
  env: Readonly<Record<string, string | undefined>>,
  running: { readonly path: string; readonly version: string },
): Invocation {
  const wanted = env["DENORT_DENO"];
  if (!env["DENORT_BIN"] || !wanted || wanted === running.version) {
    return { command: [running.path], env: {} };
  }
  // Deno before 2.9 trusts only its own CA certificates by default; some networks have their own CA.
  return { command: ["npx", "-y", `deno@${wanted}`], env: { DENO_TLS_CA_STORE: "system,mozilla" } };
}

/**
 * The module with the version and revision of the build.
 *
 * @param build Version (deno.json) and revision (commit; `-dirty` when the tree differed from it).
 * @returns Source text of `src/cli/build_info.ts`.
 */
export function renderBuildInfo(build: { readonly version: string; readonly revision: string }): string {
  return [
    `/** What this executable was built from. */`,
    `export const BUILD: { readonly version: string; readonly revision: string } = ${JSON.stringify(build)};`,
    "",
  ].join("\n");
}

/** The output of a program; null when it failed or does not exist. */
async function capture(command: readonly string[]): Promise<string | null> {
  const [program, ...args] = command;
  try {
    const output = await new Deno.Command(program ?? "", { args, cwd: ROOT, stderr: "null" }).output();
    return output.success ? new TextDecoder().decode(output.stdout).trim() : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The commit of the tree, `-dirty` when sources differ from it; `unknown` outside a repository. */
async function readRevision(): Promise<string> {
  const commit = await capture(["git", "rev-parse", "--short=12", "HEAD"]);
  if (commit === null) return "unknown";
  const changes = await capture([
    "git",
    "status",
    "--porcelain",
    "--",
    "main.ts",
    "src",
    "deno.json",
    "deno.lock",
  ]);
  return changes === "" ? commit : `${commit}-dirty`;
}

async function copyTree(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) {
    if (entry.isDirectory) await copyTree(`${from}/${entry.name}`, `${to}/${entry.name}`);
    else await Deno.copyFile(`${from}/${entry.name}`, `${to}/${entry.name}`);
  }
}

/**
 * The version of the program.
 *
 * @param denoJson Text of deno.json.
 * @throws {SyntaxError} When there is no version in it.
 */
export function readVersion(denoJson: string): string {
  const parsed: unknown = JSON.parse(denoJson);
  if (
    typeof parsed === "object" && parsed !== null && "version" in parsed && typeof parsed.version === "string"
  ) {
    return parsed.version;
  }
  throw new SyntaxError(`Cannot compile: deno.json has no "version"`);
}

/** Runs a Deno with a clean environment; its standard error output when it failed, else null. */
async function runDeno(
  [program = "", ...args]: readonly string[],
  options: Pick<Deno.CommandOptions, "cwd" | "env" | "signal">,
): Promise<string | null> {
  const child = new Deno.Command(program, {
    ...options,
    args,
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const { success, stderr } = await child.output();
  return success ? null : new TextDecoder().decode(stderr);
}

/**
 * Compiles the executable.
 *
 * @param options `output`: path of the executable; `entry`: the program, without relative imports unless it is `main.ts`,
 * the default; `target`: a target triple, the machine's own when absent;
 * `denort`: path of the runtime for it, `DENORT_BIN` when absent, "" to download it; `signal` aborts a download that does
 * not end.
 * @throws {NoDenortError} When `denort` is not available; the message says what to do.
 * @throws {Error} When the sources do not compile.
 */
export async function compile(
  options: {
    readonly output: string;
    readonly entry?: string;
    readonly target?: string;
    readonly denort?: string;
    readonly signal?: AbortSignal;
  },
): Promise<void> {
  const { DENORT_BIN, ...outer } = Deno.env.toObject();
  const denort = options.denort ?? DENORT_BIN ?? "";
  if (denort) {
    const info = await Deno.stat(denort).catch(() => null);
    if (!info?.isFile) {
      throw new NoDenortError(`Cannot compile: the denort to use is "${denort}", which is not a file`);
    }
  }
  const { command, env } = compilerFor({ ...outer, DENORT_BIN: denort }, {
    path: Deno.execPath(),
    version: Deno.version.deno,
  });
  const work = await Deno.makeTempDir({ prefix: "pgrepl-compile-" });
  try {
    await copyTree(`${ROOT}src`, `${work}/src`);
    for (const file of ["deno.json", "deno.lock"]) await Deno.copyFile(ROOT + file, `${work}/${file}`);
    await Deno.copyFile(ROOT + (options.entry ?? "main.ts"), `${work}/main.ts`);
    const version = readVersion(await Deno.readTextFile(`${ROOT}deno.json`));
    await Deno.writeTextFile(
      `${work}/src/cli/build_info.ts`,
      renderBuildInfo({ version, revision: await readRevision() }),
    );
    await Deno.mkdir(options.output.replace(/[^/]*$/, "") || ".", { recursive: true });
    const bundled = await runDeno(
      [
        Deno.execPath(),
        "bundle",
        "--quiet",
        "--platform=deno",
        "--code-splitting",
        "--outdir=bundle",
        "main.ts",
      ],
      { cwd: work, env: { ...outer, NO_COLOR: "1" } },
    );
    if (bundled !== null) throw new Error(`Cannot bundle: ${bundled.trim()}`);
    const failed = await runDeno([
      ...command,
      "compile",
      "--quiet",
      "--no-config",
      "--no-lock",
      // Do not use the shared directory for temporary files, where other users could replace the file.
      "--no-code-cache",
      ...runtimeFlags(),
      ...(options.target === undefined ? [] : ["--target", options.target]),
      "--output",
      options.output,
      "main.js",
    ], {
      cwd: `${work}/bundle`,
      env: { ...outer, ...(denort === "" ? {} : { DENORT_BIN: denort }), ...env, NO_COLOR: "1" },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (options.signal?.aborted) throw failure("denort: the download did not end in time", Deno.version.deno);
    if (failed !== null) throw failure(failed, Deno.version.deno);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/**
 * The error for a failed `deno compile`.
 *
 * @param stderr Its standard error output.
 * @param version The running version of Deno.
 * @returns The error to throw; it says what to do.
 */
export function failure(stderr: string, version: string): Error {
  const text = stderr.trim();
  if (!/\bdenort\b/i.test(text)) return new Error(`Cannot compile: ${text}`);
  return new NoDenortError(
    `Cannot compile: no denort (the runtime that goes into the executable) could be had for Deno ${version}. ` +
      "Set DENORT_BIN to the path of one that is there, and DENORT_DENO to the version of Deno that it fits. " +
      `Deno said: ${text}`,
  );
}

/** The value of an option; absent when not given. */
function option(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

if (import.meta.main) {
  const args = parseArgs(Deno.args, { string: ["output", "target"] });
  const output = option(args["output"])?.replace(/^(?!\/)/, `${Deno.cwd()}/`) ?? DEFAULT_OUTPUT;
  const target = option(args["target"]);
  try {
    await compile({ output, ...(target === undefined ? {} : { target }) });
    await Deno.stdout.write(new TextEncoder().encode(`${output}\n`));
  } catch (error) {
    await Deno.stderr.write(new TextEncoder().encode(`${error instanceof Error ? error.message : error}\n`));
    Deno.exit(1);
  }
}
