/** Machine numbers in the formats of executables. */
const ELF_MACHINES: Readonly<Record<number, string>> = { 0x3e: "x64", 0xb7: "arm64" };
const MACH_PROCESSORS: Readonly<Record<number, string>> = { 0x01000007: "x64", 0x0100000c: "arm64" };
const PE_MACHINES: Readonly<Record<number, string>> = { 0x8664: "x64", 0xaa64: "arm64" };

function named(system: string, processor: string | undefined): string | null {
  return processor === undefined ? null : `${system}-${processor}`;
}

/**
 * The system of an executable, from its first bytes: an archive must not contain one for another system.
 *
 * @param head Its first 4096 bytes, or more.
 * @returns For example `linux-x64`; null when it is not a known kind of executable.
 */
export function systemOf(head: Uint8Array): string | null {
  if (head.length < 64) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getUint32(0) === 0x7f454c46) return named("linux", ELF_MACHINES[view.getUint16(18, true)]);
  if (view.getUint32(0, true) === 0xfeedfacf) return named("macos", MACH_PROCESSORS[view.getUint32(4, true)]);
  if (view.getUint16(0) !== 0x4d5a) return null;
  const start = view.getUint32(0x3c, true);
  if (start + 6 > head.length || view.getUint32(start) !== 0x50450000) return null;
  return named("windows", PE_MACHINES[view.getUint16(start + 4, true)]);
}
