/** The program that `janitor.ts` starts when the owner of a run is gone: it gets the run's directory. */
import { cleanRun } from "./records.ts";

if (import.meta.main) {
  await cleanRun(Deno.args[0] ?? "");
  Deno.exit(0);
}
