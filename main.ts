/**
 * The program: arguments and environment to a command, its exit code to the system.
 *
 * @module
 */
import process from "node:process";
import { commands } from "./src/cli/commands.ts";
import { processContext } from "./src/cli/process_context.ts";
import { run } from "./src/cli/run.ts";
import { collectors } from "./src/collectors/registry.ts";

if (import.meta.main) {
  // Warnings of the runtime about its own parts (Deno 2.6 resolves names with one) are no lines of our log.
  Object.assign(process, { noDeprecation: true });
  Deno.exit(await run(Deno.args, { context: processContext, program: { collectors, commands } }));
}
