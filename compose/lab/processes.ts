/**
 * The lab: real PostgreSQL clusters on loopback, without Docker, with every fault as a function.
 *
 * Start with `startCluster` in `cluster.ts`; `main.ts` is the command line, `demo.ts` the demo. This file handles
 * processes: start times, parents and children, and how to end one process tree and no others.
 *
 * @module
 */

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessMark {
  /** Process id. */
  readonly pid: number;
  /** When it started, in the system's own notation; compared for equality only. */
  readonly started: string;
}

/** One running process. */
export interface ProcessInfo extends ProcessMark {
  /** Name of its program. */
  readonly name: string;
  /** Process id of its parent. */
  readonly parent: number;
  /** Whether it is stopped by a signal. */
  readonly stopped: boolean;
}

/** Reads `/proc/PID/stat`; null when there is no such process, or only its zombie. */
function readStat(pid: number): ProcessInfo | null {
  let text: string;
  try {
    text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch {
    return null;
  }
  // The command name is in parentheses and may hold anything, so fields are counted from the last ")".
  const end = text.lastIndexOf(")");
  const [state, parent, ...rest] = text.slice(end + 2).split(" ");
  if (state === undefined || state === "Z" || state === "X") return null;
  const name = text.slice(text.indexOf("(") + 1, end);
  return { pid, started: rest[17] ?? "", name, parent: Number(parent), stopped: state === "T" };
}

async function listWithPs(): Promise<ProcessInfo[]> {
  const command = new Deno.Command("ps", { args: ["-axo", "pid=,ppid=,stat=,lstart="], stderr: "null" });
  const text = new TextDecoder().decode((await command.output()).stdout);
  return text.split("\n").flatMap((line) => {
    const [, pid, parent, state, started] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || state === undefined || state.startsWith("Z")) return [];
    const stopped = state.startsWith("T");
    return [{ pid: Number(pid), parent: Number(parent), started: started ?? "", name: "", stopped }];
  });
}

/** Every visible process. */
export async function listProcesses(): Promise<readonly ProcessInfo[]> {
  if (Deno.build.os !== "linux") return await listWithPs();
  const found: ProcessInfo[] = [];
  for await (const entry of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(entry.name)) continue;
    const info = readStat(Number(entry.name));
    if (info !== null) found.push(info);
  }
  return found;
}

/** The mark of a running process; null when it has ended. */
export async function markOf(pid: number): Promise<ProcessMark | null> {
  const info = Deno.build.os === "linux"
    ? readStat(pid)
    : (await listWithPs()).find((each) => each.pid === pid) ?? null;
  return info === null ? null : { pid, started: info.started };
}

/** Whether exactly this process still runs. */
export async function isAlive(mark: ProcessMark): Promise<boolean> {
  return (await markOf(mark.pid))?.started === mark.started;
}

/** A process and all its descendants, parents first; empty when it has ended. */
export async function treeOf(pid: number): Promise<readonly ProcessInfo[]> {
  const all = await listProcesses();
  const tree = all.filter((each) => each.pid === pid);
  for (const parent of tree) tree.push(...all.filter((each) => each.parent === parent.pid));
  return tree;
}

/** Processes whose working directory is `directory` or lies in it (Linux only; elsewhere none are found). */
export async function processesIn(directory: string): Promise<readonly ProcessInfo[]> {
  if (Deno.build.os !== "linux") return [];
  return (await listProcesses()).filter((each) => {
    try {
      const path = Deno.readLinkSync(`/proc/${each.pid}/cwd`).replace(/ \(deleted\)$/, "");
      return path === directory || path.startsWith(`${directory}/`);
    } catch {
      return false; // belongs to another user, or just ended
    }
  });
}

/**
 * Sends a signal; false when the process has ended.
 *
 * @throws {RangeError} When it is no process: 0 is our own group, and so is an empty text that was read as a number.
 */
export function sendSignal(pid: number, signal: Deno.Signal): boolean {
  if (!(pid > 0)) throw new RangeError(`Cannot send ${signal}: ${pid} is no process ID`);
  try {
    Deno.kill(pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof TypeError) return false;
    throw error;
  }
}

/** Waits until none of these processes runs; false when some still do after `seconds`. */
export async function untilEnded(marks: readonly ProcessMark[], seconds: number): Promise<boolean> {
  const deadline = performance.now() + seconds * 1000;
  while (true) {
    const alive = await Promise.all(marks.map(isAlive));
    if (!alive.includes(true)) return true;
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/**
 * Ends a process and all its descendants: continues stopped ones, sends the signal, waits, then kills the rest.
 *
 * @param mark The process; nothing happens when it has ended, or when its pid now belongs to another.
 * @param options The signal, and how many seconds to wait after it.
 */
export async function endTree(
  mark: ProcessMark,
  options: { readonly signal: Deno.Signal; readonly graceSeconds: number },
): Promise<void> {
  if (!(await isAlive(mark))) return;
  const tree = await treeOf(mark.pid);
  for (const each of tree) if (each.stopped) sendSignal(each.pid, "SIGCONT");
  sendSignal(mark.pid, options.signal);
  if (await untilEnded(tree, options.graceSeconds)) return;
  await killAll([...tree, ...await treeOf(mark.pid)]);
}

/** Kills exactly these processes with SIGKILL and waits until they are gone. */
export async function killAll(marks: readonly ProcessMark[]): Promise<void> {
  for (const mark of marks) if (await isAlive(mark)) sendSignal(mark.pid, "SIGKILL");
  await untilEnded(marks, 30); // on a busy machine killed processes take time to disappear
}
