/**
 * `deno task test`: the whole suite, in parts that can go on side by side or not; every part runs, whatever another did.
 *
 * @module
 */

/** Names of the tasks `test:NAME`, quick ones first. */
const PARTS = ["unit", "checks", "live", "alone"];

if (import.meta.main) {
  const failed: string[] = [];
  for (const part of PARTS) {
    const command = new Deno.Command(Deno.execPath(), { args: ["task", `test:${part}`], stdin: "null" });
    const { success } = await command.spawn().status;
    if (!success) failed.push(part);
  }
  const verdict = failed.length === 0
    ? `Everything passed: ${PARTS.join(", ")}`
    : `Failed: ${failed.map((part) => `deno task test:${part}`).join(", ")}`;
  await Deno.stderr.write(new TextEncoder().encode(`${verdict}\n`));
  Deno.exit(failed.length === 0 ? 0 : 1);
}
