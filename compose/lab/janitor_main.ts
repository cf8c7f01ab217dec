/** The program that `janitor.ts` starts when the owner of a run has ended; its argument is the run's directory. */
import { cleanRun } from "./records.ts";

if (import.meta.main) {
  await cleanRun(Deno.args[0] ?? "");
  Deno.exit(0);
}
