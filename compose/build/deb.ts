/**
 * `deno task deb`: a Debian package in `dist/`, with executable, unit, configuration, manual page and completions.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { layOut, type PackedFile, sourceDate } from "./archive.ts";
import { compile, readVersion } from "./compile.ts";
import { renderDebianChangelog } from "./deb_changelog.ts";
import { docPages } from "./doc_pages.ts";
import { generatedFiles, PROGRAM, ROOT } from "./package_files.ts";
import { runProgram } from "./programs.ts";
import { denortFor, selectTargets } from "./release.ts";

/** Debian's names of the supported architectures. */
const ARCHITECTURES: Readonly<Record<string, string>> = { "linux-x64": "amd64", "linux-arm64": "arm64" };

/** Maintainer of the package. */
const MAINTAINER = "pg-replication-exporter contributors <maintainers@pg-replication-exporter.invalid>";

const SCRIPTS = ["postinst", "prerm", "postrm"];

/** The input of a package. */
export interface DebOptions {
  /** Path of the compiled executable. */
  readonly binary: string;
  /** Output directory. */
  readonly output: string;
  /** System of the executable: `linux-x64` or `linux-arm64`. */
  readonly target: string;
  /** Debian revision of this version, from 1. */
  readonly revision: number;
  /** Modification time of all files. */
  readonly date: Date;
  /** Compression of dpkg-deb: `xz`, `zstd`, `gzip`. */
  readonly compression: string;
}

/**
 * Builds a package with dpkg-deb.
 *
 * @param options Input and output.
 * @returns Path of the package.
 * @throws {ProgramError} When dpkg-deb, gzip or md5sum is missing or fails.
 * @throws {SyntaxError} When the changelog does not begin with the version of deno.json.
 */
export async function buildDeb(options: DebOptions): Promise<string> {
  const { date, output, target, revision } = options;
  const upstream = readVersion(await Deno.readTextFile(`${ROOT}deno.json`));
  const version = `${upstream}-${revision}`;
  const architecture = ARCHITECTURES[target] ?? target;
  const work = await Deno.makeTempDir({ prefix: "pgrepl-deb-" });
  try {
    await Deno.chmod(work, 0o755);
    const files = await packageFiles(options, { upstream, version });
    await layOut(work, files, date);
    await compress(work, files, date);
    const paths = files.map(({ path }) => path).toSorted();
    const sums = await runProgram("md5sum", { args: paths, cwd: work });
    const sizes = await Promise.all(paths.map(async (path) => (await Deno.stat(`${work}/${path}`)).size));
    const control = renderControl({
      version,
      architecture,
      kibibytes: Math.ceil(sizes.reduce((sum, size) => sum + Math.ceil(size / 1024), 0)),
    });
    await layOut(work, [
      { path: "DEBIAN/control", content: control, mode: 0o644 },
      { path: "DEBIAN/conffiles", content: conffiles(files), mode: 0o644 },
      { path: "DEBIAN/md5sums", content: new TextDecoder().decode(sums), mode: 0o644 },
      ...SCRIPTS.map((name) => ({
        path: `DEBIAN/${name}`,
        content: { copyOf: `${ROOT}compose/debian/${name}` },
        mode: 0o755,
      })),
    ], date);
    await Deno.mkdir(output, { recursive: true });
    const path = `${output}/${PROGRAM}_${version}_${architecture}.deb`;
    await runProgram("dpkg-deb", {
      args: ["--root-owner-group", `-Z${options.compression}`, "--build", work, path],
      env: { SOURCE_DATE_EPOCH: String(Math.floor(date.getTime() / 1000)) },
    });
    return path;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** All installed files; names of files to be compressed already end in `.gz`. */
async function packageFiles(
  { binary, date }: DebOptions,
  { upstream, version }: { readonly upstream: string; readonly version: string },
): Promise<readonly PackedFile[]> {
  const generated = generatedFiles({ version: upstream, date });
  const changelog = await Deno.readTextFile(`${ROOT}CHANGELOG.md`);
  const documents = `usr/share/doc/${PROGRAM}`;
  const debian = (path: string, name: string) => ({
    path,
    content: { copyOf: `${ROOT}compose/debian/${name}` },
    mode: 0o644,
  });
  const text = (path: string, content: string) => ({ path, content, mode: 0o644 });
  return [
    { path: `usr/bin/${PROGRAM}`, content: { copyOf: binary }, mode: 0o755 },
    debian(`etc/${PROGRAM}/config.yml`, "config.yml"),
    debian(`etc/default/${PROGRAM}`, "default"),
    debian(`${documents}/copyright`, "copyright"),
    debian(`usr/share/lintian/overrides/${PROGRAM}`, "lintian-overrides"),
    text(
      `usr/lib/systemd/system/${PROGRAM}.service`,
      await Deno.readTextFile(`${ROOT}compose/systemd/${PROGRAM}.service`),
    ),
    ...await docPages(ROOT, `${documents}/`),
    text(
      `${documents}/examples/${PROGRAM}.example.yml`,
      await Deno.readTextFile(`${ROOT}compose/${PROGRAM}.example.yml`),
    ),
    text(
      `${documents}/changelog.Debian.gz`,
      renderDebianChangelog(changelog, { upstream, version, name: PROGRAM, maintainer: MAINTAINER, date }),
    ),
    text(`usr/share/man/man1/${PROGRAM}.1.gz`, generated.manPage),
    text(`usr/share/bash-completion/completions/${PROGRAM}`, generated.completion("bash")),
    text(`usr/share/zsh/vendor-completions/_${PROGRAM}`, generated.completion("zsh")),
    text(`usr/share/fish/vendor_completions.d/${PROGRAM}.fish`, generated.completion("fish")),
  ];
}

/** Compresses the files whose names end in `.gz`, in place. */
async function compress(directory: string, files: readonly PackedFile[], date: Date): Promise<void> {
  for (const { path } of files.filter((file) => file.path.endsWith(".gz"))) {
    const plain = `${directory}/${path.replace(/\.gz$/, "")}`;
    await Deno.rename(`${directory}/${path}`, plain);
    await runProgram("gzip", { args: ["--no-name", "--best", plain] });
    await Deno.utime(`${directory}/${path}`, date, date);
  }
}

/** Configuration files, which an upgrade does not overwrite: everything below /etc. */
function conffiles(files: readonly PackedFile[]): string {
  return files.filter(({ path }) => path.startsWith("etc/")).map(({ path }) => `/${path}\n`).join("");
}

function renderControl(
  { version, architecture, kibibytes }: {
    readonly version: string;
    readonly architecture: string;
    readonly kibibytes: number;
  },
): string {
  return `Package: ${PROGRAM}
Version: ${version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${kibibytes}
Depends: libc6 (>= 2.27), libgcc-s1
Suggests: prometheus
Section: database
Priority: optional
Description: PostgreSQL replication exporter for Prometheus
 Watches PostgreSQL streaming replication from both ends at once, the primary
 and every standby, and serves what it knows to Prometheus, to load balancers
 and to people.
 .
 It needs a login in pg_monitor on each server and writes nothing to any
 database. PostgreSQL 13 to 18.
`;
}

if (import.meta.main) {
  const args = parseArgs(Deno.args, { string: ["target", "output", "binary", "revision", "compression"] });
  const given = (name: string, otherwise: string) => String(args[name] || otherwise);
  const absolute = (path: string) => path.replace(/^(?!\/)/, `${Deno.cwd()}/`);
  const say = (line: string) => Deno.stderr.write(new TextEncoder().encode(`${line}\n`));
  const work = await Deno.makeTempDir({ prefix: "pgrepl-deb-" });
  let code = 0;
  try {
    const [target] = selectTargets(given("target", "linux-x64"));
    const revision = Number(given("revision", "1"));
    if (target === undefined || !(target.name in ARCHITECTURES)) {
      throw new SyntaxError(
        `No package for this target: expected ${Object.keys(ARCHITECTURES).join(" or ")}`,
      );
    }
    if (!Number.isInteger(revision) || revision < 1) {
      throw new SyntaxError("--revision: expected 1, 2, 3, ...");
    }
    const binary = args["binary"] ? absolute(given("binary", "")) : `${work}/${PROGRAM}`;
    if (!args["binary"]) {
      const denort = denortFor(target, {
        environment: (name) => Deno.env.get(name),
        host: Deno.build.target,
      });
      await compile({ output: binary, target: target.triple, denort });
    }
    const path = await buildDeb({
      binary,
      target: target.name,
      revision,
      output: absolute(given("output", `${ROOT}dist`)),
      date: await sourceDate(ROOT, Deno.env.get("SOURCE_DATE_EPOCH")),
      compression: given("compression", "xz"),
    });
    await say(path);
  } catch (error) {
    code = 1;
    await say(error instanceof Error ? error.message : String(error));
  } finally {
    await Deno.remove(work, { recursive: true });
  }
  Deno.exit(code);
}
