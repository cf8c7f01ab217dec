/** The user that runs the servers: PostgreSQL refuses to run as root, so root runs them as an unprivileged user. */
import { temporaryDirectories } from "./records.ts";

/** The account that runs the servers; null: the current user. */
export type ServiceUser = { readonly uid: number; readonly gid: number } | null;

// initdb looks its user up by number, so the account must be in /etc/passwd.
const CANDIDATES = ["nobody", "postgres", "daemon"];

/**
 * Chooses the account.
 *
 * @throws {Error} When the current user is root and the system has no unprivileged account
 */
export async function chooseServiceUser(): Promise<ServiceUser> {
  if (Deno.uid() !== 0) return null;
  const lines = (await Deno.readTextFile("/etc/passwd")).split("\n").map((line) => line.split(":"));
  for (const candidate of CANDIDATES) {
    const [, , uid, gid] = lines.find(([name]) => name === candidate) ?? [];
    if (uid !== undefined && gid !== undefined && Number(uid) > 0) {
      return { uid: Number(uid), gid: Number(gid) };
    }
  }
  throw new Error(
    `PostgreSQL refuses to run as root, and none of the users ${CANDIDATES.join(", ")} is in /etc/passwd; ` +
      "run as an ordinary user",
  );
}

/** Options of `Deno.Command` to run as this user. */
export function asUser(user: ServiceUser): { uid?: number; gid?: number } {
  return user === null ? {} : { uid: user.uid, gid: user.gid };
}

/** Gives a file or directory to the user. */
export async function giveTo(user: ServiceUser, path: string): Promise<void> {
  if (user !== null) await Deno.chown(path, user.uid, user.gid);
}

/**
 * The temporary directory for a run: the first that the user can reach.
 *
 * @throws {Error} When there is none
 */
export async function chooseParent(user: ServiceUser): Promise<string> {
  for (const directory of temporaryDirectories()) {
    if (user === null ? await isDirectory(directory) : await canPass(directory)) return directory;
  }
  throw new Error(`No temporary directory that the servers' user can reach; set TMPDIR to one`);
}

async function isDirectory(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isDirectory, () => false);
}

/** Whether every user may enter the directory and all its parents. */
export async function canPass(path: string): Promise<boolean> {
  const real = await Deno.realPath(path).catch(() => null);
  if (real === null) return false;
  for (let at = real; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
    const { mode } = await Deno.stat(at);
    if (mode === null || (mode & 0o001) === 0) return false;
  }
  return true;
}
