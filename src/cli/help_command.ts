import { ConfigError } from "../config/config_error.ts";
import { didYouMean } from "../config/suggestion.ts";
import type { Invocation } from "./command.ts";
import { renderCommandHelp, renderHelp } from "./help.ts";

/**
 * `help [COMMAND]`: prints the help of the program or of a command.
 *
 * @throws {ConfigError} For an unknown command.
 */
export function showHelp(
  { context, flags, commands, operands: [name] }: Pick<
    Invocation,
    "context" | "flags" | "commands" | "operands"
  >,
): Promise<number> {
  const command = commands.find((each) => each.name === name);
  if (name !== undefined && command === undefined) {
    const names = commands.map((each) => each.name);
    const expected = didYouMean(name, names) || `: expected one of ${names.join(", ")}`;
    return Promise.reject(new ConfigError([`Unknown command${expected}`]));
  }
  context.writeStdout(
    command === undefined ? renderHelp(flags, commands) : renderCommandHelp(command, flags),
  );
  return Promise.resolve(0);
}
