import { ConfigError } from "../config/config_error.ts";
import { didYouMean } from "../config/suggestion.ts";
import type { Command, Invocation } from "./command.ts";
import { groupTopic, renderCommandHelp, renderHelp, renderTopic } from "./help.ts";
import type { Flag } from "./settings/flags.ts";

/**
 * The help on a topic.
 *
 * @param topic A command, a group of flags, `environment` or `all`; the overview when undefined.
 * @throws {ConfigError} For an unknown topic.
 */
export function helpOn(
  topic: string | undefined,
  { flags, commands }: { readonly flags: readonly Flag[]; readonly commands: readonly Command[] },
): string {
  if (topic === undefined) return renderHelp(flags, commands);
  const command = commands.find(({ name }) => name === topic);
  if (command !== undefined) return renderCommandHelp(command, { flags, isDefault: command === commands[0] });
  const text = renderTopic(topic, flags);
  if (text !== null) return text;
  const groups = new Set(flags.map(({ group }) => groupTopic(group)));
  const topics = [...commands.map(({ name }) => name), ...groups, "environment", "all"];
  throw new ConfigError([
    `Unknown command or topic${didYouMean(topic, topics) || `: expected one of ${topics.join(", ")}`}`,
  ]);
}

/**
 * Whether there is help on a topic that is not a command: a group of flags, `environment` or `all`.
 *
 * @param topic The word.
 * @param flags Every flag.
 */
export function isTopic(topic: string, flags: readonly Flag[]): boolean {
  return renderTopic(topic, flags) !== null;
}

/**
 * `help [TOPIC]`: prints the help of the program, of a command or of a group of flags.
 *
 * @throws {ConfigError} For an unknown topic.
 */
export function showHelp(
  { context, flags, commands, operands: [topic] }: Pick<
    Invocation,
    "context" | "flags" | "commands" | "operands"
  >,
): Promise<number> {
  context.writeStdout(helpOn(topic, { flags, commands }));
  return Promise.resolve(0);
}
