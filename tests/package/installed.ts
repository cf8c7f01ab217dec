/**
 * What the package test may do to a machine: only where nothing of it is there yet, and nothing is left afterwards.
 *
 * @module
 */
import { runProgram } from "../../compose/build/programs.ts";

const PROGRAM = "pg-replication-exporter";

/** Directories that systemd would make for the service. */
const SERVICE_DIRECTORIES = [`/run/${PROGRAM}`, `/var/lib/${PROGRAM}`];

/** Where systemd would listen. */
export const NOTIFY_SOCKET = "/run/systemd/notify";

/** Everything that the test makes besides what dpkg does. */
const MADE_BY_TEST = [...SERVICE_DIRECTORIES, NOTIFY_SOCKET];

/** Where an exporter that was started by root leaves its directory behind: it steps aside for the test. */
const RUNTIME_DIRECTORY = `/run/${PROGRAM}`;
const ASIDE = `${RUNTIME_DIRECTORY}.aside`;

/** What the package brings or its purge removes: none of it may be somebody else's. */
const OF_PACKAGE = [
  `/usr/bin/${PROGRAM}`,
  `/etc/${PROGRAM}`,
  `/etc/default/${PROGRAM}`,
  `/etc/systemd/system/${PROGRAM}.service`,
  `/var/lib/private/${PROGRAM}`,
];

/** Whether something is there, a dangling link included. */
export async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, (error) => {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  });
}

/** The state of the package as dpkg has it, e.g. `install ok installed`; "" when it knows none. */
export async function packageState(): Promise<string> {
  const { success, stdout } = await new Deno.Command("dpkg-query", {
    args: ["--show", "--showformat=${Status}", PROGRAM],
    stderr: "null",
  }).output();
  return success ? new TextDecoder().decode(stdout) : "";
}

/** Why the package cannot be tried on this machine; null when it can. */
export async function reasonNotToInstall(): Promise<string | null> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "installing takes root on Debian";
  if (!await exists("/usr/bin/dpkg-deb") || !await exists("/etc/debian_version")) return "this is no Debian";
  if (await exists("/run/systemd/system")) return "systemd runs here, and would start what is installed";
  if (await packageState() !== "") return "the package is known to this machine already";
  if (await isListening(`${RUNTIME_DIRECTORY}/ctl.sock`)) return "an exporter of this machine runs";
  for (const path of [...OF_PACKAGE, ...MADE_BY_TEST, ASIDE]) {
    if (path !== RUNTIME_DIRECTORY && await exists(path)) {
      return `${path} is there already, and is not to be touched`;
    }
  }
  return null;
}

async function isListening(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch {
    return false;
  }
}

/** Makes the directories that systemd would make, for the user it would have made up. */
export async function makeServiceDirectories(
  { uid, gid }: { readonly uid: number; readonly gid: number },
): Promise<void> {
  if (await exists(RUNTIME_DIRECTORY)) await Deno.rename(RUNTIME_DIRECTORY, ASIDE);
  const ofSystemd = NOTIFY_SOCKET.replace(/\/[^/]*$/, "");
  if (!await exists(ofSystemd)) {
    await Deno.mkdir(ofSystemd);
    made.push(ofSystemd);
  }
  for (const path of SERVICE_DIRECTORIES) {
    await Deno.mkdir(path, { mode: 0o700 });
    made.push(path);
    await Deno.chown(path, uid, gid);
  }
}

/** Directories that this test has made: nothing else is removed at its end. */
const made: string[] = [];

/** Files below the directories that a package writes to, for a comparison before and after. */
export async function filesOfSystem(): Promise<ReadonlySet<string>> {
  const found = await runProgram("find", {
    args: [
      "/etc",
      "/usr/bin",
      "/usr/lib/systemd",
      "/usr/share/doc",
      "/usr/share/man",
      "/var/lib/systemd",
      "-xdev",
    ],
  });
  return new Set(new TextDecoder().decode(found).split("\n").filter((path) => path.includes(PROGRAM)));
}

/** Removes package and directories, whatever state they are in; for the end, and for a test that failed. */
export async function cleanUp(): Promise<void> {
  if (await packageState() !== "") {
    await runProgram("dpkg", { args: ["--purge", "--force-all", PROGRAM] });
  }
  for (const path of made.splice(0)) {
    await Deno.remove(path, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
  if (await exists(ASIDE)) await Deno.rename(ASIDE, RUNTIME_DIRECTORY);
}
