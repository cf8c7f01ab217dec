/**
 * Reproducible archives: the same files always give the same bytes.
 *
 * @module
 */
import { runProgram } from "./programs.ts";

/** A file of an archive or a package. */
export interface PackedFile {
  /** Path inside it. */
  readonly path: string;
  /** Text, or the path of the file to copy. */
  readonly content: string | { readonly copyOf: string };
  /** Permissions. */
  readonly mode: number;
}

/**
 * Writes files into a directory, all with the same modification time.
 *
 * @param directory An existing directory.
 * @param files The files.
 * @param date Their time.
 */
export async function layOut(directory: string, files: readonly PackedFile[], date: Date): Promise<void> {
  const folders = new Set<string>();
  for (const { path, content, mode } of files) {
    const target = `${directory}/${path}`;
    const parts = path.split("/").slice(0, -1);
    for (let depth = 1; depth <= parts.length; depth++) folders.add(parts.slice(0, depth).join("/"));
    await Deno.mkdir(`${directory}/${parts.join("/")}`, { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(target, content);
    else await Deno.copyFile(content.copyOf, target);
    await Deno.chmod(target, mode);
    await Deno.utime(target, date, date);
  }
  // Innermost first, because changes inside a folder change its time. Modes do not depend on the umask.
  for (const folder of [...folders].sort().reverse()) {
    await Deno.chmod(`${directory}/${folder}`, 0o755);
    await Deno.utime(`${directory}/${folder}`, date, date);
  }
}

/**
 * Packs a directory as `.tar.gz` with GNU tar and gzip, or as `.zip` with Info-ZIP, depending on the archive's name.
 *
 * @param archive Path of the archive.
 * @param options `parent`: the directory that holds the directory `name`, which is packed; `date` as given to
 *   {@linkcode layOut}.
 * @throws {ProgramError} When one of these programs is missing or fails.
 */
export async function pack(
  archive: string,
  { parent, name, date }: { readonly parent: string; readonly name: string; readonly date: Date },
): Promise<void> {
  await Deno.remove(archive).catch(() => {});
  if (archive.endsWith(".zip")) {
    const files = (await filesBelow(parent, name)).sort();
    // zip writes local time; -X leaves out owners and exact times, -D directories.
    await runProgram("zip", {
      args: ["-X", "-D", "-q", "-9", archive, "-@"],
      cwd: parent,
      input: files.map((file) => `${file}\n`).join(""),
      env: { TZ: "UTC" },
    });
    return;
  }
  const tar = archive.replace(/\.gz$/, "");
  const seconds = Math.floor(date.getTime() / 1000);
  await runProgram("tar", {
    args: [
      "--create",
      "--format=ustar",
      "--sort=name",
      `--mtime=@${seconds}`,
      "--owner=0",
      "--group=0",
      "--numeric-owner",
      `--file=${tar}`,
      name,
    ],
    cwd: parent,
  });
  await runProgram("gzip", { args: ["--no-name", "--best", "--force", tar] });
}

async function filesBelow(parent: string, name: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(`${parent}/${name}`)) {
    const path = `${name}/${entry.name}`;
    if (entry.isDirectory) files.push(...await filesBelow(parent, path));
    else files.push(path);
  }
  return files;
}

/**
 * Checksums in the format of `sha256sum --check`.
 *
 * @param directory Directory of the files.
 * @param names Their names.
 * @returns One line per file, sorted by name.
 */
export async function checksums(directory: string, names: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const name of names.toSorted()) {
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(`${directory}/${name}`));
    const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
    lines.push(`${hex}  ${name}\n`);
  }
  return lines.join("");
}

/**
 * The modification time of everything in an archive: `SOURCE_DATE_EPOCH`, else that of the commit.
 *
 * @param root Directory of the repository.
 * @param epoch `SOURCE_DATE_EPOCH`.
 * @throws {RangeError} When `SOURCE_DATE_EPOCH` is not a number of seconds.
 * @throws {ProgramError} When neither is available.
 */
export async function sourceDate(root: string, epoch: string | undefined): Promise<Date> {
  const seconds = epoch ||
    new TextDecoder().decode(await runProgram("git", { args: ["log", "-1", "--format=%ct"], cwd: root }))
      .trim();
  if (/^\d{1,12}$/.test(seconds)) return new Date(Number(seconds) * 1000);
  throw new RangeError(`SOURCE_DATE_EPOCH is "${seconds}": expected seconds since 1970`);
}
