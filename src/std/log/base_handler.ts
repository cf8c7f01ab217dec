import { getLevelByName, getLevelName, type LevelName, type LogLevel } from "./levels.ts";
import type { LogRecord } from "./log_record.ts";

/** Makes the text of a record. */
export type FormatterFunction = (logRecord: LogRecord) => string;

/** Options of a handler. */
export interface BaseHandlerOptions {
  /** Makes the text; level and message when absent. */
  formatter?: FormatterFunction;
}

/** Writes records somewhere; a subclass says where. */
export abstract class BaseHandler {
  /** Makes the text of a record. */
  formatter: FormatterFunction;
  #level: LogLevel;

  /**
   * Makes a handler.
   *
   * @param levelName Least level it writes.
   * @param options Its formatter.
   */
  constructor(levelName: LevelName, options: BaseHandlerOptions = {}) {
    this.#level = getLevelByName(levelName);
    this.formatter = options.formatter ?? (({ levelName, msg }) => `${levelName} ${msg}`);
  }

  /** Least level it writes. */
  get level(): LogLevel {
    return this.#level;
  }

  /** Sets the least level it writes. */
  set level(level: LogLevel) {
    this.#level = getLevelByName(getLevelName(level));
  }

  /** Name of the least level it writes. */
  get levelName(): LevelName {
    return getLevelName(this.#level);
  }

  /** Sets the least level it writes, by name. */
  set levelName(levelName: LevelName) {
    this.#level = getLevelByName(levelName);
  }

  /** Writes a record, if it is grave enough. */
  handle(logRecord: LogRecord): void {
    if (this.level <= logRecord.level) this.log(this.format(logRecord));
  }

  /** Makes the text of a record. */
  format(logRecord: LogRecord): string {
    return this.formatter(logRecord);
  }

  /** Writes a text. */
  abstract log(msg: string): void;

  /** Called when the handler is put to use. */
  setup(): void {}

  /** Called when the handler is replaced. */
  destroy(): void {}

  /** The same as {@linkcode BaseHandler.destroy}. */
  [Symbol.dispose](): void {
    this.destroy();
  }
}
