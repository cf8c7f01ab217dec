import type { Collector } from "../collectors/collector.ts";
import type { Config } from "../config/config.ts";
import type { Logger } from "../domain/log.ts";
import type { CommandContext } from "./context.ts";
import type { Flag } from "./settings/flags.ts";
import type { ConfigReading } from "./settings/read_config.ts";

/** Exit code of a verdict that could not be reached, as monitoring plugins have it: 0 ok, 1 warning, 2 critical. */
export const EXIT_UNKNOWN = 3;

/** One command: a line in `commands.ts`, a file of its own, and in the table of flags those that are its own. */
export interface Command {
  /** Its name. */
  readonly name: string;
  /** What it does, one line. */
  readonly help: string;
  /** What stands behind its name, e.g. `NAME`; "" when nothing may. */
  readonly operands: string;
  /** How many operands it must be given, and how many it may be. */
  readonly operandCount: readonly [least: number, most: number];
  /**
   * Whether its exit code is a verdict (0 ok, 1 warning, 2 critical): a command line or configuration that cannot be
   * used is then 3, unknown.
   */
  readonly isVerdict: boolean;
  /** Whether it reads the configuration; if not, a flag that is a setting would do nothing there and is refused. */
  readonly hasSettings: boolean;
  /** Gets the code, which is read only when the command runs. */
  load(): Promise<CommandCode>;
}

/**
 * Runs a command.
 *
 * @returns The exit code.
 */
export type CommandCode = (invocation: Invocation) => Promise<number>;

/** What a command is run with. */
export interface Invocation {
  /** The process around it. */
  readonly context: CommandContext;
  /** What stands behind its name. */
  readonly operands: readonly string[];
  /** Every collector there is. */
  readonly collectors: readonly Collector[];
  /** Every flag there is. */
  readonly flags: readonly Flag[];
  /** Every command there is; the first is the default. */
  readonly commands: readonly Command[];
  /** The value of one of the command's own flags; `undefined` when it was not given. */
  option(name: string): string | undefined;
  /** Whether one of the command's own switches is on. */
  isOn(name: string): boolean;
  /**
   * Reads the configuration: flags, environment, file. May be called again, to read it anew.
   *
   * @throws {ConfigError} With every problem found.
   */
  readConfig(): Promise<Config>;
  /**
   * The same, with what it was made of.
   *
   * @throws {ConfigError} With every problem found.
   */
  readConfiguration(): Promise<ConfigReading>;
  /** The logger that a configuration asks for, to standard error. */
  createLogger(config: Config): Logger;
}
