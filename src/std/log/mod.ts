/**
 * Logging: the parts of `@std/log` 0.224 that are used, under the same names.
 *
 * @module
 */
export { BaseHandler, type BaseHandlerOptions, type FormatterFunction } from "./base_handler.ts";
export { type LevelName, type LogLevel, LogLevels } from "./levels.ts";
export { LogRecord, type LogRecordOptions } from "./log_record.ts";
export { Logger, type LoggerOptions } from "./logger.ts";
export { getLogger, type LogConfig, type LoggerConfig, setup } from "./setup.ts";
