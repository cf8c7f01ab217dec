/** The System V segment that PostgreSQL leaves behind after SIGKILL: 56 bytes, until the next boot. */

/**
 * Removes the segments of the killed servers of a run, as PostgreSQL itself would on the next start.
 * Linux only; elsewhere, or without `ipcrm`, they stay until the next boot.
 *
 * @param directory Directory of the run; nothing in it may be running.
 */
export async function removeLeftSegments(directory: string): Promise<void> {
  const table = await Deno.readTextFile("/proc/sysvipc/shm").catch(() => null);
  if (table === null) return;
  for (const entry of await Array.fromAsync(Deno.readDir(directory)).catch(() => [])) {
    // A server that shut down has removed this file. Its seventh line has the key and ID of the segment.
    const file = await Deno.readTextFile(`${directory}/${entry.name}/postmaster.pid`).catch(() => "");
    const [key, id] = file.split("\n")[6]?.trim().split(/\s+/) ?? [];
    if (key === undefined || id === undefined || !isUnused(table, { key, id })) continue;
    await new Deno.Command("ipcrm", { args: ["-m", id], stdout: "null", stderr: "null" }).output().catch(
      () => {},
    );
  }
}

/** Whether the segment exists with this key and no process is attached to it. */
function isUnused(table: string, segment: { readonly key: string; readonly id: string }): boolean {
  return table.split("\n").some((line) => {
    const [key, id, , , , , attached] = line.trim().split(/\s+/);
    return Number(key) === Number(segment.key) && id === segment.id && attached === "0";
  });
}
