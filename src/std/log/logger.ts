import type { BaseHandler } from "./base_handler.ts";
import { getLevelByName, getLevelName, type LevelName, type LogLevel, LogLevels } from "./levels.ts";
import { LogRecord } from "./log_record.ts";

/** Options of a logger. */
export interface LoggerOptions {
  /** Where its records go. */
  handlers?: BaseHandler[];
}

/** Makes records and hands them to its handlers. */
export class Logger {
  /** Where its records go. */
  handlers: BaseHandler[];
  readonly #loggerName: string;
  #level: LogLevel;

  /**
   * Makes a logger.
   *
   * @param loggerName Its name.
   * @param levelName Least level it makes records of.
   * @param options Its handlers.
   */
  constructor(loggerName: string, levelName: LevelName, options: LoggerOptions = {}) {
    this.#loggerName = loggerName;
    this.#level = getLevelByName(levelName);
    this.handlers = options.handlers ?? [];
  }

  /** Least level it makes records of. */
  get level(): LogLevel {
    return this.#level;
  }

  /** Sets the least level. */
  set level(level: LogLevel) {
    this.#level = getLevelByName(getLevelName(level));
  }

  /** Name of the least level. */
  get levelName(): LevelName {
    return getLevelName(this.#level);
  }

  /** Sets the least level by name. */
  set levelName(levelName: LevelName) {
    this.#level = getLevelByName(levelName);
  }

  /** Its name. */
  get loggerName(): string {
    return this.#loggerName;
  }

  #log(level: LogLevel, msg: string, args: unknown[]): string {
    if (this.#level <= level) {
      const record = new LogRecord({ msg, args, level, loggerName: this.#loggerName });
      for (const handler of this.handlers) handler.handle(record);
    }
    return msg;
  }

  /** Logs what only a developer wants to know; returns the message. */
  debug(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.DEBUG, msg, args);
  }

  /** Logs what happens in good order; returns the message. */
  info(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.INFO, msg, args);
  }

  /** Logs what may become trouble; returns the message. */
  warn(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.WARN, msg, args);
  }

  /** Logs a failure; returns the message. */
  error(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.ERROR, msg, args);
  }

  /** Logs the end; returns the message. */
  critical(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.CRITICAL, msg, args);
  }
}
