/**
 * Logging: the parts of `@std/log` 0.224 that are used, under the same names.
 *
 * @module
 */
export {
  BaseHandler,
  type BaseHandlerOptions,
  type FormatterFunction,
  type LevelName,
  type LogLevel,
  LogLevels,
  LogRecord,
  type LogRecordOptions,
} from "./handler.ts";
export { getLogger, type LogConfig, Logger, type LoggerConfig, setup } from "./logger.ts";
