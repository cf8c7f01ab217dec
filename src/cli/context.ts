/**
 * The command line: commands, flags, logging, and how trouble is told.
 *
 * @module
 */
import type { Clock } from "../domain/clock.ts";
import type { StateFileSystem } from "../scrape/state_file.ts";
import type { Device } from "./watch/device.ts";

/** Signals a command can listen to. */
export type SignalName = "SIGHUP" | "SIGINT" | "SIGTERM" | "SIGWINCH";

/** The terminal that standard output or standard error goes to. */
export interface Terminal {
  /** Whether standard output is a terminal. */
  readonly isOutput: boolean;
  /** Whether what is written to standard output may be coloured: it is a terminal, and `NO_COLOR` is not set. */
  readonly useOutputColor: boolean;
  /** Whether standard error is a terminal: there progress may be shown. */
  readonly isError: boolean;
  /** Its width now, in characters; null when there is none. */
  columns(): number | null;
}

/** The process around a command, handed over so that tests need none. */
export interface CommandContext {
  /** A variable of the environment; `undefined` when it is not set. */
  environment(name: string): string | undefined;
  /** Names of all variables that may be read; absent when they cannot be listed. */
  environmentNames?(): readonly string[];
  /** Writes to standard output. */
  writeStdout(text: string): void;
  /** Writes to standard error. */
  writeStderr(text: string): void;
  /** Whether messages on standard error may be coloured: it is a terminal, and `NO_COLOR` is not set. */
  readonly useColor: boolean;
  /** The terminal; absent when there is none. */
  readonly terminal?: Terminal;
  /** Standard input and output for a command that draws and reads keys; absent when there is none to use. */
  readonly device?: Device;
  /** Time. */
  readonly clock: Clock;
  /** Reads a file whole. */
  readTextFile(path: string): Promise<string>;
  /** Reads and writes the state file, the only file that is ever written. */
  readonly stateFiles: StateFileSystem;
  /**
   * Listens to a signal.
   *
   * @param name The signal; on Windows only SIGINT ever comes.
   * @param handler Called each time.
   * @returns Stops listening.
   */
  onSignal(name: SignalName, handler: () => void): () => void;
}
