/**
 * The program: runs the command that the arguments name and exits with its code.
 *
 * @module
 */
import process from "node:process";
import { commands } from "./src/cli/commands.ts";
import { processContext } from "./src/cli/process_context.ts";
import { runCommandLine } from "./src/cli/run.ts";
import { collectors } from "./src/collectors/registry.ts";

if (import.meta.main) {
  // Deprecation warnings of the runtime about itself (Deno 2.6 prints one when it resolves names) do not belong in our log.
  Object.assign(process, { noDeprecation: true });
  Deno.exit(await runCommandLine(Deno.args, { context: processContext, program: { collectors, commands } }));
}
