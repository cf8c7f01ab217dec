/** CPU time and memory of a process, from the kernel. Linux only. */

/** The kernel reports CPU time in ticks of 1/100 s on every Linux (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Resident memory, bytes. */
export interface Memory {
  /** All of it. */
  readonly resident: number;
  /** The part that only this process has and that no file holds; the rest are pages that the system can drop or share. */
  readonly privateDirty: number;
}

/** User and system time a process has used so far, seconds, in steps of 0.01 s; {@link https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html} */
export async function readCpuSeconds(pid: number): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The program name is in parentheses and may contain anything, so fields are counted from the last ")".
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/**
 * The same of the threads that it has now, in nanoseconds' steps: for a process that uses little, and starts and ends no
 * threads. {@link https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat}
 */
export async function readThreadSeconds(pid: number): Promise<number> {
  let nanoseconds = 0;
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const text = await Deno.readTextFile(`/proc/${pid}/task/${name}/schedstat`).catch(() => "0");
    nanoseconds += Number(text.split(" ")[0]);
  }
  return nanoseconds / 1e9;
}

/** Resident memory of a process. */
export async function readMemory(pid: number): Promise<Memory> {
  const text = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`);
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]);
  return { resident: kibibytes("Rss") * 1024, privateDirty: kibibytes("Private_Dirty") * 1024 };
}
