import type { Collector } from "../collectors/collector.ts";
import type { Config } from "../config/config.ts";
import type { Logger } from "../domain/log.ts";
import type { CommandContext } from "./context.ts";
import type { Flag } from "./settings/flags.ts";
import type { ConfigReading } from "./settings/read_config.ts";

/** Exit code when the status is unknown; 0 is ok, 1 warning, 2 critical, as for monitoring plugins. */
export const EXIT_UNKNOWN = 3;

/** One command: an entry in `commands.ts`, a file, and its own flags in the table of flags. */
export interface Command {
  /** Its name. */
  readonly name: string;
  /** What it does, in one line. */
  readonly help: string;
  /** Placeholder for its operands, e.g. `NAME`; "" when it takes none. */
  readonly operands: string;
  /** How many operands it takes. */
  readonly operandCount: readonly [least: number, most: number];
  /** Whether its exit code is a status (0 ok, 1 warning, 2 critical); an unusable command line or configuration is then 3. */
  readonly isVerdict: boolean;
  /** Whether it reads the configuration; if not, it refuses flags that are settings. */
  readonly hasSettings: boolean;
  /** Loads its code. */
  load(): Promise<CommandCode>;
}

/** Runs a command and returns the exit code. */
export type CommandCode = (invocation: Invocation) => Promise<number>;

/** Values of settings by name. */
export type SettingValues = Readonly<Record<string, readonly string[]>>;

/** What a command is run with. */
export interface Invocation {
  /** The process. */
  readonly context: CommandContext;
  /** Arguments after the command's name. */
  readonly operands: readonly string[];
  /** Every collector. */
  readonly collectors: readonly Collector[];
  /** Every flag. */
  readonly flags: readonly Flag[];
  /** Every command; the first is the default. */
  readonly commands: readonly Command[];
  /** The value of one of the command's own flags; `undefined` when not given. */
  option(name: string): string | undefined;
  /** Whether one of the command's own switches is on. */
  isOn(name: string): boolean;
  /**
   * Reads the configuration from flags, environment and file, each time it is called.
   *
   * @param defaults Values of settings that the command line does not give.
   * @throws {ConfigError} With every problem found.
   */
  readConfig(defaults?: SettingValues): Promise<Config>;
  /**
   * Reads the configuration and keeps its sources.
   *
   * @throws {ConfigError} With every problem found.
   */
  readConfiguration(): Promise<ConfigReading>;
  /** Makes the logger of a configuration, which writes to standard error. */
  createLogger(config: Config): Logger;
}
