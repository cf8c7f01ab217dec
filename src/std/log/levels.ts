/**
 * Stand-in for the parts of `@std/log` 0.224 that are used: same names, signatures and meaning.
 *
 * @module
 */

/** Name of a level. */
export type LevelName = "NOTSET" | "DEBUG" | "INFO" | "WARN" | "ERROR" | "CRITICAL";

/** Number of a level; the higher, the graver. */
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

const LEVEL_NAMES: readonly LevelName[] = ["NOTSET", "DEBUG", "INFO", "WARN", "ERROR", "CRITICAL"];

/**
 * The number of a level.
 *
 * @param name Its name.
 */
export function getLevelByName(name: LevelName): LogLevel {
  const level = LogLevels[name];
  if (level === undefined) throw new Error(`Cannot get log level: no level named ${name}`);
  return level;
}

/**
 * The name of a level.
 *
 * @param level Its number.
 */
export function getLevelName(level: LogLevel): LevelName {
  const name = LEVEL_NAMES.find((candidate) => LogLevels[candidate] === level);
  if (name === undefined) throw new Error(`Cannot get log level: no name for level: ${level}`);
  return name;
}
