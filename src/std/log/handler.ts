/**
 * Stand-in for the parts of `@std/log` 0.224 that are used: same names, signatures and behavior.
 *
 * @module
 */

/** Name of a level. */
export type LevelName = "NOTSET" | "DEBUG" | "INFO" | "WARN" | "ERROR" | "CRITICAL";

/** Number of a level; the higher, the more severe. */
export type LogLevel = 0 | 10 | 20 | 30 | 40 | 50;

/** Every level by name. */
export const LogLevels: Readonly<Record<LevelName, LogLevel>> = {
  NOTSET: 0,
  DEBUG: 10,
  INFO: 20,
  WARN: 30,
  ERROR: 40,
  CRITICAL: 50,
};

/** The number of a level. */
export function getLevelByName(name: LevelName): LogLevel {
  const level = LogLevels[name];
  if (level === undefined) throw new Error(`Cannot get log level: no level named ${name}`);
  return level;
}

function getLevelName(level: LogLevel): string {
  const [name] = Object.entries(LogLevels).find(([, number]) => number === level) ?? [];
  if (name === undefined) throw new Error(`Cannot get log level: no name for level: ${level}`);
  return name;
}

/** What a record is made of. */
export interface LogRecordOptions {
  /** The message. */
  msg: string;
  /** Further arguments of the call. */
  args: unknown[];
  /** Number of the level. */
  level: LogLevel;
  /** Name of the logger. */
  loggerName: string;
}

/** One log entry. */
export class LogRecord {
  /** The message. */
  readonly msg: string;
  /** Number of the level. */
  readonly level: number;
  /** Name of the level. */
  readonly levelName: string;
  /** Name of the logger. */
  readonly loggerName: string;
  readonly #args: readonly unknown[];

  /** Makes a record. */
  constructor({ msg, args, level, loggerName }: LogRecordOptions) {
    this.msg = msg;
    this.level = level;
    this.levelName = getLevelName(level);
    this.loggerName = loggerName;
    this.#args = [...args];
  }

  /** Further arguments of the call; a copy. */
  get args(): unknown[] {
    return [...this.#args];
  }
}

/** Formats a record. */
export type FormatterFunction = (logRecord: LogRecord) => string;

/** Options of a handler. */
export interface BaseHandlerOptions {
  /** Formats a record; level and message when absent. */
  formatter?: FormatterFunction;
}

/** Writes records; a subclass decides where. */
export abstract class BaseHandler {
  /** Formats a record. */
  formatter: FormatterFunction;
  /** Lowest level that is written. */
  readonly level: LogLevel;

  /** Makes a handler for records of `levelName` and above. */
  constructor(levelName: LevelName, options: BaseHandlerOptions = {}) {
    this.level = getLevelByName(levelName);
    this.formatter = options.formatter ?? (({ levelName, msg }) => `${levelName} ${msg}`);
  }

  /** Writes a record of sufficient level. */
  handle(logRecord: LogRecord): void {
    if (this.level <= logRecord.level) this.log(this.formatter(logRecord));
  }

  /** Writes a line. */
  abstract log(msg: string): void;

  /** Called when `setup()` installs the handler. */
  setup(): void {}

  /** Called when `setup()` replaces the handler. */
  destroy(): void {}
}
