import { getLevelName, type LogLevel } from "./levels.ts";

/** What a record is made of. */
export interface LogRecordOptions {
  /** The message. */
  msg: string;
  /** What was passed behind it. */
  args: unknown[];
  /** How grave it is. */
  level: LogLevel;
  /** The logger it came through. */
  loggerName: string;
}

/** One line to be written. */
export class LogRecord {
  /** The message. */
  readonly msg: string;
  /** How grave it is. */
  readonly level: number;
  /** The same as a word. */
  readonly levelName: string;
  /** The logger it came through. */
  readonly loggerName: string;
  readonly #args: readonly unknown[];
  readonly #datetime: Date;

  /** Makes a record of the present moment. */
  constructor(options: LogRecordOptions) {
    this.msg = options.msg;
    this.level = options.level;
    this.levelName = getLevelName(options.level);
    this.loggerName = options.loggerName;
    this.#args = [...options.args];
    this.#datetime = new Date();
  }

  /** What was passed behind the message; a copy. */
  get args(): unknown[] {
    return [...this.#args];
  }

  /** When it was made; a copy. */
  get datetime(): Date {
    return new Date(this.#datetime.getTime());
  }
}
