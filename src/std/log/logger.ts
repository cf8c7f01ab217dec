import {
  type BaseHandler,
  getLevelByName,
  type LevelName,
  type LogLevel,
  LogLevels,
  LogRecord,
} from "./handler.ts";

/** Makes records and passes them to its handlers. */
export class Logger {
  /** Its handlers. */
  handlers: BaseHandler[];
  readonly #loggerName: string;
  readonly #level: LogLevel;

  /** Makes a logger for records of `levelName` and above. */
  constructor(loggerName: string, levelName: LevelName, options: { handlers?: BaseHandler[] } = {}) {
    this.#loggerName = loggerName;
    this.#level = getLevelByName(levelName);
    this.handlers = options.handlers ?? [];
  }

  #log(level: LogLevel, msg: string, args: unknown[]): string {
    if (this.#level <= level) {
      const record = new LogRecord({ msg, args, level, loggerName: this.#loggerName });
      for (const handler of this.handlers) handler.handle(record);
    }
    return msg;
  }

  /** Logs at level DEBUG and returns the message. */
  debug(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.DEBUG, msg, args);
  }

  /** Logs at level INFO and returns the message. */
  info(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.INFO, msg, args);
  }

  /** Logs at level WARN and returns the message. */
  warn(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.WARN, msg, args);
  }

  /** Logs at level ERROR and returns the message. */
  error(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.ERROR, msg, args);
  }

  /** Logs at level CRITICAL and returns the message. */
  critical(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.CRITICAL, msg, args);
  }
}

/** Configuration of one logger. */
export interface LoggerConfig {
  /** Lowest level; INFO when absent. */
  level?: LevelName;
  /** Names of its handlers. */
  handlers?: string[];
}

/** Configuration of all logging. */
export interface LogConfig {
  /** Handlers by name. */
  handlers?: { [name: string]: BaseHandler };
  /** Loggers by name; "default" is what {@linkcode getLogger} returns without a name. */
  loggers?: { [name: string]: LoggerConfig };
}

const handlers = new Map<string, BaseHandler>();
const loggers = new Map<string, Logger>();

/** Replaces all handlers and loggers. */
export function setup(config: LogConfig): void {
  for (const handler of handlers.values()) handler.destroy();
  handlers.clear();
  loggers.clear();
  for (const [name, handler] of Object.entries(config.handlers ?? {})) {
    handler.setup();
    handlers.set(name, handler);
  }
  for (const [name, logger] of Object.entries(config.loggers ?? {})) {
    const own = (logger.handlers ?? []).flatMap((handlerName) => handlers.get(handlerName) ?? []);
    loggers.set(name, new Logger(name, logger.level ?? "INFO", { handlers: own }));
  }
}

/**
 * The logger of that name; one that was not set up has no handlers and writes nothing.
 *
 * @throws {Error} Without a name, when no default logger was set up.
 */
export function getLogger(name?: string): Logger {
  const logger = loggers.get(name || "default");
  if (logger !== undefined) return logger;
  if (!name) throw new Error(`"default" logger must be set for getting logger without name`);
  const silent = new Logger(name, "NOTSET");
  loggers.set(name, silent);
  return silent;
}
