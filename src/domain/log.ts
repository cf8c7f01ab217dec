/** Fields of a log line: names in snake_case, units in the name (`duration_seconds`); never a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** The log. Messages are in sentence case, without a full stop. */
export interface Logger {
  /** Details for developers. */
  debug(message: string, fields?: LogFields): void;
  /** Normal operation: one line per change of state. */
  info(message: string, fields?: LogFields): void;
  /** A problem that may pass by itself: one line per change of state. */
  warn(message: string, fields?: LogFields): void;
  /** A problem that needs a person. */
  error(message: string, fields?: LogFields): void;
}
