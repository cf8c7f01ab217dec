/**
 * The command line: commands, flags, logging, and how trouble is told.
 *
 * @module
 */
import type { Clock } from "../domain/clock.ts";
import type { StateFileSystem } from "../scrape/state_file.ts";

/** Signals a command can listen to. */
export type SignalName = "SIGHUP" | "SIGINT" | "SIGTERM";

/** The process around a command, handed over so that tests need none. */
export interface CommandContext {
  /** A variable of the environment; `undefined` when it is not set. */
  environment(name: string): string | undefined;
  /** Writes to standard output. */
  writeStdout(text: string): void;
  /** Writes to standard error. */
  writeStderr(text: string): void;
  /** Whether messages on standard error may be coloured: it is a terminal, and `NO_COLOR` is not set. */
  readonly useColor: boolean;
  /** Time. */
  readonly clock: Clock;
  /** Reads a file whole. */
  readTextFile(path: string): Promise<string>;
  /** Reads and writes the state file, the only file that is ever written. */
  readonly stateFiles: StateFileSystem;
  /**
   * Listens to a signal.
   *
   * @param name The signal; on Windows SIGTERM and SIGHUP never come.
   * @param handler Called each time.
   * @returns Stops listening.
   */
  onSignal(name: SignalName, handler: () => void): () => void;
}
