/** CPU time and memory of a process, from the kernel. Linux only. */

/** The kernel reports CPU time in ticks of 1/100 s on every Linux (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Resident memory, bytes. */
export interface Memory {
  /** All of it. */
  readonly resident: number;
  /** The private part; the rest are pages of files, which the system can drop and share. */
  readonly anonymous: number;
}

/** User and system time a process has used so far, seconds, in steps of 0.01 s; {@link https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html} */
export async function readCpuSeconds(pid: number): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The program name is in parentheses and may contain anything, so fields are counted from the last ")".
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory of a process. */
export async function readMemory(pid: number): Promise<Memory> {
  const text = await Deno.readTextFile(`/proc/${pid}/status`);
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]);
  return { resident: kibibytes("VmRSS") * 1024, anonymous: kibibytes("RssAnon") * 1024 };
}
