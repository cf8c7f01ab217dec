import type { BaseHandler } from "./base_handler.ts";
import type { LevelName } from "./levels.ts";
import { Logger } from "./logger.ts";

/** Configuration of one logger. */
export interface LoggerConfig {
  /** Least level; INFO when absent. */
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

/**
 * Replaces the handlers and loggers in use.
 *
 * @param config The new ones.
 */
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
 * A logger by name; one that was not set up has no handlers and writes nothing.
 *
 * @param name Its name; "default" when absent.
 * @throws {Error} When no name is given and no default logger was set up.
 */
export function getLogger(name?: string): Logger {
  const logger = loggers.get(name || "default");
  if (logger !== undefined) return logger;
  if (!name) throw new Error(`"default" logger must be set for getting logger without name`);
  const silent = new Logger(name, "NOTSET");
  loggers.set(name, silent);
  return silent;
}
