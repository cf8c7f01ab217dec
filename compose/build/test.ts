/**
 * `deno task test`: the whole suite, some parts in parallel; every part runs, even when another fails.
 *
 * @module
 */
import { runSideBySide } from "./side_by_side.ts";

/** Names of the tasks `test:NAME`, quick ones first; the tasks of one row run in parallel. */
const PARTS = [["unit"], ["checks"], ["live"], ["lab", "packages"]];

if (import.meta.main) {
  const failed: string[] = [];
  for (const parts of PARTS) {
    const runs = parts.map((name) => ({ name, args: ["task", `test:${name}`] }));
    failed.push(...await runSideBySide(runs, { jobs: runs.length }));
  }
  const verdict = failed.length === 0
    ? `Everything passed: ${PARTS.flat().join(", ")}`
    : `Failed: ${failed.map((part) => `deno task test:${part}`).join(", ")}`;
  await Deno.stderr.write(new TextEncoder().encode(`${verdict}\n`));
  Deno.exit(failed.length === 0 ? 0 : 1);
}
