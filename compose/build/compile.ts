/**
 * `deno task compile`: one executable in `dist/`, with version and commit built in.
 *
 * The sources are copied to a temporary directory, where `src/cli/build_info.ts` is rewritten, and compiled there; the
 * tree stays unchanged. `deno compile` downloads Deno's runtime, `denort`. Where that is not possible, set `DENORT_BIN` to
 * a copy, and `DENORT_DENO` to the matching version of Deno, which is then fetched from npm.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { runtimeFlags } from "./runtime_flags.ts";

/** Directory of the repository. */
const ROOT = new URL("../../", import.meta.url).pathname;

/** Default path of the executable. */
export const DEFAULT_OUTPUT = `${ROOT}dist/pg-replication-exporter`;

/** No runtime for the executable is available; the sources are fine. */
export class NoDenortError extends Error {
  /** Class name. */
  override readonly name = "NoDenortError";
}

/** A program and its arguments. */
export interface Invocation {
  /** Program and first arguments, up to `compile`. */
  readonly command: readonly string[];
  /** Additional environment variables. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The Deno to compile with.
 *
 * @param env The environment: `DENORT_BIN`, `DENORT_DENO`.
 * @param running The Deno that runs this: path and version.
 * @returns The running Deno, or the version in `DENORT_DENO` from npm if that is another one.
 */
export function compilerFor(
  env: Readonly<Record<string, string | undefined>>,
  running: { readonly path: string; readonly version: string },
): Invocation {
  const wanted = env["DENORT_DENO"];
  if (!env["DENORT_BIN"] || !wanted || wanted === running.version) {
    return { command: [running.path], env: {} };
  }
  // By default Deno before 2.9 trusts only its own certificates; some networks have their own CA.
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
    `/** Version and revision of this executable. */`,
    `export const BUILD: { readonly version: string; readonly revision: string } = ${JSON.stringify(build)};`,
    "",
  ].join("\n");
}

/** The output of a program; null when it failed or is not installed. */
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
 * @throws {SyntaxError} When it has no version.
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

/**
 * The configuration without the packages that only tests use, because `deno compile` would include all of them.
 *
 * @param denoJson Text of deno.json.
 * @param sources Texts of the sources.
 * @returns Text of a deno.json whose imports the sources use.
 */
export function pruneImports(denoJson: string, sources: readonly string[]): string {
  const parsed: unknown = JSON.parse(denoJson);
  if (typeof parsed !== "object" || parsed === null || !("imports" in parsed)) return denoJson;
  const { imports } = parsed;
  if (typeof imports !== "object" || imports === null) return denoJson;
  const used = Object.entries(imports).filter(([name]) => {
    // Including dynamic imports: `import("name")`.
    const ways = [`from "${name}"`, `from "${name}/`, `import("${name}"`, `import("${name}/`];
    return sources.some((source) => ways.some((way) => source.includes(way)));
  });
  return JSON.stringify({ ...parsed, imports: Object.fromEntries(used) });
}

async function readSources(directory: string): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) texts.push(...await readSources(path));
    else if (entry.name.endsWith(".ts")) texts.push(await Deno.readTextFile(path));
  }
  return texts;
}

/**
 * Compiles the executable.
 *
 * @param options `output`: path of the executable; `target`: a target triple, the machine's own when absent;
 * `denort`: path of its runtime, from `DENORT_BIN` when absent, "" to download it; `signal` aborts, for a download that
 * hangs.
 * @throws {NoDenortError} When `denort` is not available; the message has advice.
 * @throws {Error} When the sources do not compile.
 */
export async function compile(
  options: {
    readonly output: string;
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
    for (const file of ["main.ts", "deno.json", "deno.lock"]) {
      await Deno.copyFile(ROOT + file, `${work}/${file}`);
    }
    const denoJson = await Deno.readTextFile(`${ROOT}deno.json`);
    const version = readVersion(denoJson);
    await Deno.writeTextFile(`${work}/deno.json`, pruneImports(denoJson, await readSources(`${work}/src`)));
    await Deno.writeTextFile(
      `${work}/src/cli/build_info.ts`,
      renderBuildInfo({ version, revision: await readRevision() }),
    );
    await Deno.mkdir(options.output.replace(/[^/]*$/, "") || ".", { recursive: true });
    const [program, ...first] = command;
    const child = new Deno.Command(program ?? "", {
      args: [
        ...first,
        "compile",
        "--quiet",
        // The lock file still pins versions and contents; in this copy it only loses the pruned packages.
        "--frozen=false",
        // Leaves nothing in the temporary directory, where others could replace it.
        "--no-code-cache",
        ...runtimeFlags(),
        ...(options.target === undefined ? [] : ["--target", options.target]),
        "--output",
        options.output,
        "main.ts",
      ],
      cwd: work,
      clearEnv: true,
      env: { ...outer, ...(denort === "" ? {} : { DENORT_BIN: denort }), ...env, NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const { success, stderr } = await child.output();
    if (options.signal?.aborted) throw failure("denort: the download did not end in time", Deno.version.deno);
    if (!success) throw failure(new TextDecoder().decode(stderr), Deno.version.deno);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/**
 * Explains a failed `deno compile`.
 *
 * @param stderr Its output.
 * @param version The running version of Deno.
 * @returns The error to throw, with advice.
 */
export function failure(stderr: string, version: string): Error {
  const text = stderr.trim();
  if (!/\bdenort\b/i.test(text)) return new Error(`Cannot compile: ${text}`);
  return new NoDenortError(
    `Cannot compile: no denort (the runtime that goes into the executable) is available for Deno ${version}. ` +
      "Set DENORT_BIN to the path of a copy, and DENORT_DENO to the matching version of Deno. " +
      `Deno said: ${text}`,
  );
}

/** The value of an option; undefined when it is not given. */
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
