import type { Invocation } from "./command.ts";
import { renderHelp } from "./help.ts";

/**
 * `help`: every command and flag.
 *
 * @param invocation Where to write, and what there is.
 * @returns 0.
 */
export function showHelp(
  { context, flags, commands }: Pick<Invocation, "context" | "flags" | "commands">,
): Promise<number> {
  context.writeStdout(renderHelp(flags, commands));
  return Promise.resolve(0);
}
