import { ConfigError } from "../../config/config_error.ts";
import { quoteForShell } from "../../domain/shell_text.ts";
import type { Invocation } from "../command.ts";
import { isSetting } from "../settings/flags.ts";

/** Parameters of connections that must not be repeated. */
const SECRETS = ["password", "sslpassword"];

/** Ends a printed command whose flags cannot be repeated. */
const SECRET_FLAGS = "# with the same --server: it contains a password";

/** The parts of an invocation that {@linkcode sourceFlags} needs. */
export type SameSourceInvocation = Pick<Invocation, "flags" | "option" | "readConfiguration">;

/**
 * The flags with which another command of this program looks at the same servers: those of this command line. Variables
 * and files are still there.
 *
 * @param invocation The command line.
 * @returns The flags, quoted for a shell, each after a blank; a comment where they contain a password.
 */
export async function sourceFlags(
  { flags, option, readConfiguration }: SameSourceInvocation,
): Promise<string> {
  const from = ["from", "from.ca-file"].flatMap((name): readonly string[] => {
    const value = option(name);
    return value === undefined ? [] : [`--${name}=${value}`];
  });
  if (from.length > 0) return from.map((flag) => ` ${quoteForShell(flag)}`).join("");
  try {
    const { settings, connections } = await readConfiguration();
    const hasSecret = [...connections.servers.values()].some((parameters) =>
      SECRETS.some((name) => parameters.get(name)?.source === "DSN in --server")
    );
    if (hasSecret) return ` ${SECRET_FLAGS}`;
    return flags.filter(isSetting).flatMap(({ name }) => {
      const setting = settings.get(name);
      if (setting?.origin !== "flag") return [];
      return setting.values.map((value) => ` ${quoteForShell(`--${name}=${value}`)}`);
    }).join("");
  } catch (error) {
    // Without servers the other command finds the same source by itself.
    if (error instanceof ConfigError) return "";
    throw error;
  }
}

/**
 * Adds flags to the command lines of this program.
 *
 * @param commands Commands of any kind, or advice, which is one after "Run:".
 * @param flags From {@linkcode sourceFlags}.
 */
export function withFlags(commands: readonly string[], flags: string): readonly string[] {
  return commands.map((command) =>
    /^(?:Run(?: instead)?: )?pg-replication-exporter /.test(command) ? command + flags : command
  );
}
