/**
 * The program: arguments and environment to a command, its exit code to the system.
 *
 * @module
 */
import { commands } from "./src/cli/commands.ts";
import { processContext } from "./src/cli/process_context.ts";
import { run } from "./src/cli/run.ts";
import { collectors } from "./src/collectors/registry.ts";

if (import.meta.main) {
  Deno.exit(await run(Deno.args, { context: processContext, program: { collectors, commands } }));
}
