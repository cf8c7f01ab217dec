/**
 * `deno task release`: one archive per system in `dist/release/`, and their checksums.
 *
 * `deno compile` downloads the runtime (`denort`) of each system. Where that is not possible, set
 * `DENORT_BIN_LINUX_X64`, `DENORT_BIN_MACOS_ARM64` and so on; for the system this runs on, `DENORT_BIN` is enough.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { checksums, layOut, pack, type PackedFile, sourceDate } from "./archive.ts";
import { compile, NoDenortError, readVersion } from "./compile.ts";
import { systemOf } from "./executable.ts";
import { docPages } from "./doc_pages.ts";
import { type GeneratedFiles, generatedFiles, PROGRAM, ROOT } from "./package_files.ts";
import { runProgram } from "./programs.ts";

/** Timeout for the download of one runtime. */
const DOWNLOAD_MS = 300_000;

/** A supported system. */
export interface Target {
  /** Its name in the name of the archive. */
  readonly name: string;
  /** The target triple of `deno compile`. */
  readonly triple: string;
}

/** Every supported system. */
export const TARGETS: readonly Target[] = [
  { name: "linux-x64", triple: "x86_64-unknown-linux-gnu" },
  { name: "linux-arm64", triple: "aarch64-unknown-linux-gnu" },
  { name: "macos-x64", triple: "x86_64-apple-darwin" },
  { name: "macos-arm64", triple: "aarch64-apple-darwin" },
  { name: "windows-x64", triple: "x86_64-pc-windows-msvc" },
];

/**
 * The requested systems.
 *
 * @param list Names, separated by commas; "" for all.
 * @throws {SyntaxError} When there is no such system.
 */
export function selectTargets(list: string): readonly Target[] {
  const names = list.split(",").map((name) => name.trim()).filter((name) => name !== "");
  const unknown = names.filter((name) => !TARGETS.some((target) => target.name === name));
  if (unknown.length > 0) {
    const known = TARGETS.map(({ name }) => name).join(", ");
    throw new SyntaxError(`Unknown target ${unknown.join(", ")}: expected some of ${known}`);
  }
  return TARGETS.filter(({ name }) => names.length === 0 || names.includes(name));
}

/**
 * The runtime for the executable of a system.
 *
 * @param target The system.
 * @param options `environment`: variables; `host`: the triple of the machine that builds.
 * @returns Its path; "" to download it.
 */
export function denortFor(
  { name, triple }: Target,
  { environment, host }: {
    readonly environment: (name: string) => string | undefined;
    readonly host: string;
  },
): string {
  const own = environment(`DENORT_BIN_${name.toUpperCase().replaceAll("-", "_")}`);
  return own || (triple === host ? environment("DENORT_BIN") : "") || "";
}

/**
 * The files of an archive.
 *
 * @param target The system.
 * @param options `directory`: the top directory in it; `binary`: path of the executable; `generated`: files shipped with it;
 *   `pages`: the documentation.
 */
export function archiveFiles(
  { name }: Target,
  { directory, binary, generated, pages }: {
    readonly directory: string;
    readonly binary: string;
    readonly generated: GeneratedFiles;
    readonly pages: readonly PackedFile[];
  },
): readonly PackedFile[] {
  const isWindows = name.startsWith("windows");
  const file = (path: string, content: PackedFile["content"], mode = 0o644) => ({
    path: `${directory}/${path}`,
    content,
    mode,
  });
  const copy = (path: string, from: string) => file(path, { copyOf: ROOT + from });
  return [
    file(isWindows ? `${PROGRAM}.exe` : PROGRAM, { copyOf: binary }, 0o755),
    ...["README.md", "LICENSE", "CHANGELOG.md"].map((path) => copy(path, path)),
    ...pages.map(({ path, content, mode }) => file(path, content, mode)),
    copy(`${PROGRAM}.example.yml`, `compose/${PROGRAM}.example.yml`),
    ...(name.startsWith("linux") ? [copy(`${PROGRAM}.service`, `compose/systemd/${PROGRAM}.service`)] : []),
    ...(isWindows ? [] : [
      file(`${PROGRAM}.1`, generated.manPage),
      file(`completions/${PROGRAM}.bash`, generated.completion("bash")),
      file(`completions/_${PROGRAM}`, generated.completion("zsh")),
      file(`completions/${PROGRAM}.fish`, generated.completion("fish")),
    ]),
  ];
}

/** Checks the system and version of an executable. */
async function checkBinary(
  binary: string,
  { target, host, version }: { readonly target: Target; readonly host: string; readonly version: string },
): Promise<void> {
  using file = await Deno.open(binary);
  const head = new Uint8Array(4096);
  await file.read(head);
  const system = systemOf(head);
  if (system !== target.name) {
    throw new Error(
      `The executable for ${target.name} is for ${
        system ?? "an unknown system"
      }: check which denort was used`,
    );
  }
  if (target.triple !== host) return;
  const said = new TextDecoder().decode(await runProgram(binary, { args: ["--version"] }));
  if (!said.includes(`version ${version} `)) {
    throw new Error(
      `The executable for ${target.name} should be version ${version}, but reports: ${said.trim()}`,
    );
  }
}

/**
 * Builds one archive.
 *
 * @param target The system.
 * @param options `output`: directory of the archives; `date` of all files; `host`: the triple of this machine.
 * @returns The name of the archive.
 * @throws {NoDenortError} When the runtime of the system is not available.
 * @throws {Error} When the sources do not compile, or the executable has the wrong system or version.
 */
async function release(
  target: Target,
  { output, date, host }: { readonly output: string; readonly date: Date; readonly host: string },
): Promise<string> {
  const version = readVersion(await Deno.readTextFile(`${ROOT}deno.json`));
  const directory = `${PROGRAM}-${version}-${target.name}`;
  const work = await Deno.makeTempDir({ prefix: "pgrepl-release-" });
  try {
    const binary = `${work}/${PROGRAM}${target.name.startsWith("windows") ? ".exe" : ""}`;
    const denort = denortFor(target, { environment: (name) => Deno.env.get(name), host });
    const signal = AbortSignal.timeout(DOWNLOAD_MS);
    await compile({ output: binary, target: target.triple, denort, signal });
    await checkBinary(binary, { target, host, version });
    const files = archiveFiles(target, {
      directory,
      binary,
      generated: generatedFiles({ version, date }),
      pages: await docPages(ROOT, "docs/"),
    });
    await layOut(work, files, date);
    const archive = `${directory}${target.name.startsWith("windows") ? ".zip" : ".tar.gz"}`;
    await pack(`${output}/${archive}`, { parent: work, name: directory, date });
    return archive;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

if (import.meta.main) {
  const args = parseArgs(Deno.args, { string: ["targets", "output"] });
  const output = String(args["output"] || `${ROOT}dist/release`).replace(/^(?!\/)/, `${Deno.cwd()}/`);
  const say = (line: string) => Deno.stderr.write(new TextEncoder().encode(`${line}\n`));
  const made: string[] = [];
  let missing = 0;
  try {
    const targets = selectTargets(String(args["targets"] ?? ""));
    const date = await sourceDate(ROOT, Deno.env.get("SOURCE_DATE_EPOCH"));
    await Deno.mkdir(output, { recursive: true });
    for (const target of targets) {
      try {
        made.push(await release(target, { output, date, host: Deno.build.target }));
        await say(`${target.name}: ${output}/${made.at(-1)}`);
      } catch (error) {
        missing++;
        const [reason = ""] = (error instanceof Error ? error.message : String(error)).split(
          /\s+Stack backtrace/,
        );
        const hint = error instanceof NoDenortError
          ? ` For this target set DENORT_BIN_${target.name.toUpperCase().replaceAll("-", "_")}.`
          : "";
        await say(`${target.name}: NOT MADE. ${reason.replaceAll(/\s+/g, " ")}${hint}`);
      }
    }
    await Deno.writeTextFile(`${output}/SHA256SUMS`, await checksums(output, made));
    if (missing > 0) {
      await say(
        `${missing} of ${targets.length} archives are missing; to build only some, use --targets=NAME,...`,
      );
    }
  } catch (error) {
    missing++;
    await say(error instanceof Error ? error.message : String(error));
  }
  Deno.exit(missing === 0 ? 0 : 1);
}
