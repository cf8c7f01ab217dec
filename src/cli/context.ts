/**
 * The command line: commands, flags, logging and error messages.
 *
 * @module
 */
import type { Clock } from "../domain/clock.ts";
import type { StateFileSystem } from "../scrape/state_file.ts";
import type { Device } from "./watch/device.ts";

/** Longest time for closing database sessions at exit, milliseconds; with the requests in flight it stays below 2 s. */
export const SESSION_CLOSE_MS = 400;

/** Signals a command can handle. */
export type SignalName = "SIGHUP" | "SIGINT" | "SIGTERM" | "SIGWINCH";

/** The terminal of standard output and standard error. */
export interface Terminal {
  /** Whether standard output is a terminal. */
  readonly isOutput: boolean;
  /** Whether standard output may be colored: it is a terminal, and `NO_COLOR` is not set. */
  readonly useOutputColor: boolean;
  /** Whether standard error is a terminal; only then is progress shown there. */
  readonly isError: boolean;
  /** Current width in columns; null when unknown. */
  columns(): number | null;
}

/** The process around a command, as an argument so that tests need none. */
export interface CommandContext {
  /** An environment variable; `undefined` when it is not set. */
  environment(name: string): string | undefined;
  /** Names of all variables that may be read; absent when they cannot be listed. */
  environmentNames?(): readonly string[];
  /** Writes to standard output. */
  writeStdout(text: string): void;
  /** Writes to standard error. */
  writeStderr(text: string): void;
  /** Whether messages on standard error may be colored: it is a terminal, and `NO_COLOR` is not set. */
  readonly useColor: boolean;
  /** The terminal; absent when there is none. */
  readonly terminal?: Terminal;
  /** Standard input and output for a command that draws and reads keys; absent when unavailable. */
  readonly device?: Device;
  /** Time. */
  readonly clock: Clock;
  /** Reads a whole file. */
  readTextFile(path: string): Promise<string>;
  /** Reads and writes the state file, the only file that is ever written. */
  readonly stateFiles: StateFileSystem;
  /** Handles a signal (on Windows only SIGINT occurs) until the returned function is called. */
  onSignal(name: SignalName, handler: () => void): () => void;
}
