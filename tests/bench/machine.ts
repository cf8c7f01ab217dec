/** The machine of a measurement; without it a figure means little. */

/** A description of the machine. */
export interface Machine {
  /** Model of the processor. */
  readonly processor: string;
  /** Cores this process may use. */
  readonly cores: number;
  /** Memory, GiB. */
  readonly memoryGibibytes: number;
  /** Release of the operating system. */
  readonly system: string;
  /** Version of Deno. */
  readonly deno: string;
}

/** Describes this machine. */
export async function readMachine(): Promise<Machine> {
  const cpuinfo = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  return {
    processor: /^model name\s*:\s*(.+)$/m.exec(cpuinfo)?.[1] ?? Deno.build.arch,
    cores: navigator.hardwareConcurrency,
    memoryGibibytes: Math.round(Deno.systemMemoryInfo().total / 2 ** 30),
    system: `${Deno.build.os} ${Deno.osRelease()}`,
    deno: Deno.version.deno,
  };
}

/** Load average over the last minute. */
export function readLoad(): number {
  return Deno.loadavg()[0] ?? NaN;
}
