/** What goes with a message: names in snake_case, units in the name (`duration_seconds`); never a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Where the program says what happens. Messages are sentences in sentence case without a full stop. */
export interface Logger {
  /** What only a developer wants to know. */
  debug(message: string, fields?: LogFields): void;
  /** What happens in good order: one line per change of state. */
  info(message: string, fields?: LogFields): void;
  /** What does not work for now: one line per change of state. */
  warn(message: string, fields?: LogFields): void;
  /** What needs a person. */
  error(message: string, fields?: LogFields): void;
}
