/**
 * Records of runs on disk, so that the next start can clean up after a crashed run.
 *
 * Every run keeps all its files in one directory under the temporary directory, with a `record.json` that names its owner
 * and the processes it started. A run whose owner has exited is dead: its janitor ends those processes (checked by pid
 * and start time) and removes the directory. If the janitor died too, the next start does this.
 */
import { Janitor } from "./janitor.ts";
import { endTree, isAlive, killAll, markOf, processesIn, type ProcessMark, untilEnded } from "./processes.ts";
import { removeLeftSegments } from "./shared_memory.ts";

const PREFIX = "pgrepl-lab-";
const RECORD = "record.json";

/** Longest wait for other processes, seconds. */
const PATIENCE_SECONDS = 30;

/** How a command reaches the process that owns a lab. */
export interface ControlAddress {
  /** Loopback port. */
  readonly port: number;
  /** Token of requests, so that only users who can read the record can control the lab. */
  readonly token: string;
}

/** The record of one run. */
export interface RunRecord {
  /** Name of the lab; unique among running ones that have a control address. */
  readonly name: string;
  /** The process that owns proxies, load and directory. */
  readonly owner: ProcessMark;
  /** Boot and process-id namespace in which the pids mean something. */
  readonly machine: string;
  /** Processes it started. */
  readonly processes: readonly ProcessMark[];
  /** Null until the lab takes commands. */
  readonly control: ControlAddress | null;
}

/** A record and its directory. */
export interface FoundRun {
  /** Directory of the run. */
  readonly directory: string;
  /** Its record. */
  readonly record: RunRecord;
}

/** Text that names this boot and process-id namespace. */
function describeMachine(): string {
  if (Deno.build.os !== "linux") return Deno.build.os;
  try {
    const boot = Deno.readTextFileSync("/proc/sys/kernel/random/boot_id").trim();
    return `${boot} ${Deno.readLinkSync("/proc/self/ns/pid")}`;
  } catch {
    return "unknown";
  }
}

/** Parent directories of runs: `TMPDIR` first, then the usual ones. */
export function temporaryDirectories(): readonly string[] {
  const named = Deno.env.get("TMPDIR")?.replace(/\/+$/, "");
  return [...new Set([named || "/tmp", "/tmp", "/var/tmp"])];
}

/** The directory and record of a run that this process owns. */
export class Run implements AsyncDisposable {
  /** Directory of this run. */
  readonly directory: string;
  #record: RunRecord;
  readonly #janitor: Janitor;
  #writing: Promise<void> = Promise.resolve();

  private constructor(directory: string, record: RunRecord) {
    this.directory = directory;
    this.#record = record;
    this.#janitor = new Janitor(directory);
  }

  /**
   * Creates the directory of a new run and writes its record.
   *
   * @param name Name of the lab.
   * @param parent The temporary directory that contains it.
   * @throws {Error} When the directory cannot be created, with the cause
   */
  static async create(name: string, parent: string): Promise<Run> {
    const owner = await markOf(Deno.pid);
    if (owner === null) throw new Error("Cannot read this process's own start time");
    const directory = await Deno.makeTempDir({ dir: parent, prefix: `${PREFIX}${Deno.pid}-` });
    const run = new Run(directory, { name, owner, machine: describeMachine(), processes: [], control: null });
    await run.#write();
    // Other users may traverse the directory, but not list it.
    await Deno.chmod(directory, 0o711);
    return run;
  }

  /** Records a process to be ended if this run crashes. */
  async addProcess(pid: number): Promise<ProcessMark> {
    const mark = await markOf(pid) ?? { pid, started: "ended" };
    const alive = await Promise.all(this.#record.processes.map(isAlive));
    const processes = this.#record.processes.filter((_, index) => alive[index]);
    this.#record = { ...this.#record, processes: [...processes, mark] };
    await this.#write();
    return mark;
  }

  /** Records the control address of the lab and its final name. */
  async publish(name: string, control: ControlAddress): Promise<void> {
    this.#record = { ...this.#record, name, control };
    await this.#write();
  }

  /** Ends remaining processes of the run and removes its directory. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    await removeRun({ directory: this.directory, record: this.#record });
    await this.#janitor.dismiss();
  }

  /** Ends remaining processes of the run, but keeps the directory without its record. */
  async release(): Promise<void> {
    await this.#writing;
    for (const mark of this.#record.processes) await endTree(mark, { signal: "SIGQUIT", graceSeconds: 3 });
    await Deno.remove(`${this.directory}/${RECORD}`);
    await this.#janitor.dismiss();
  }

  #write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const path = `${this.directory}/${RECORD}`;
      await Deno.writeTextFile(`${path}.new`, JSON.stringify(this.#record), { mode: 0o600 });
      await Deno.rename(`${path}.new`, path);
    });
    return this.#writing;
  }
}

function isRecord(value: unknown): value is RunRecord {
  return typeof value === "object" && value !== null && "owner" in value && "machine" in value &&
    "processes" in value && Array.isArray(value.processes) && "name" in value && "control" in value;
}

/** Every run of this user on this machine, alive or dead. */
export async function findRuns(): Promise<readonly FoundRun[]> {
  const found: FoundRun[] = [];
  for (const parent of temporaryDirectories()) {
    const entries = await Array.fromAsync(Deno.readDir(parent)).catch(() => []);
    for (const entry of entries) {
      if (!entry.isDirectory || !entry.name.startsWith(PREFIX)) continue;
      const directory = `${parent}/${entry.name}`;
      try {
        const { uid } = await Deno.lstat(directory);
        if (uid !== null && uid !== Deno.uid()) continue; // belongs to another user
        const record: unknown = JSON.parse(await Deno.readTextFile(`${directory}/${RECORD}`));
        if (isRecord(record) && record.machine === describeMachine()) found.push({ directory, record });
      } catch { /* just made, just removed, or not one of ours */ }
    }
  }
  return found;
}

/** Runs whose owner is alive. */
export async function findLiveRuns(): Promise<readonly FoundRun[]> {
  const runs = await findRuns();
  const alive = await Promise.all(runs.map((run) => isAlive(run.record.owner)));
  return runs.filter((_, index) => alive[index]);
}

/**
 * Cleans up dead runs: their processes and directories.
 *
 * @returns The removed directories
 */
export async function cleanDeadRuns(): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const run of await findRuns()) {
    if (await isAlive(run.record.owner)) continue;
    await removeRun(run);
    removed.push(run.directory);
  }
  return removed;
}

/**
 * Cleans up one run as soon as its owner has exited; does nothing if there is no such run or the owner keeps running.
 *
 * @param directory Its directory.
 */
export async function cleanRun(directory: string): Promise<void> {
  const run = (await findRuns()).find((each) => each.directory === directory);
  if (run === undefined || !(await untilEnded([run.record.owner], PATIENCE_SECONDS))) return;
  await removeRun(run);
}

async function removeRun({ directory, record }: FoundRun): Promise<void> {
  // SIGQUIT lets PostgreSQL give its shared memory back, which SIGKILL would not.
  await Promise.all(record.processes.map((mark) => endTree(mark, { signal: "SIGQUIT", graceSeconds: 3 })));
  // By name: a person's shell may be in the directory. Managers first: they start servers again.
  for (const names of [["patroni", "repmgrd"], ["postgres", "etcd", "pg_basebackup", "pg_rewind"]]) {
    await killAll((await processesIn(directory)).filter(({ name }) => names.includes(name)));
  }
  await removeLeftSegments(directory);
  const deadline = performance.now() + PATIENCE_SECONDS * 1000;
  while (true) {
    try {
      await Deno.remove(directory, { recursive: true });
      return;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound && await isGone(directory)) return;
      if (performance.now() > deadline) throw error;
      // The janitor and every starting lab may clean up at the same time: files may vanish in between.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function isGone(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => false, (error) => error instanceof Deno.errors.NotFound);
}
