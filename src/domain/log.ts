/** Fields of a message: names in snake_case, with the unit in the name (`duration_seconds`); never a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** The program's log. Messages are in sentence case, without a full stop. */
export interface Logger {
  /** Details for developers. */
  debug(message: string, fields?: LogFields): void;
  /** Normal operation: one line per change of state. */
  info(message: string, fields?: LogFields): void;
  /** A fault that may pass by itself: one line per change of state. */
  warn(message: string, fields?: LogFields): void;
  /** A fault that needs a person. */
  error(message: string, fields?: LogFields): void;
}
