import type { Logger } from "../../domain/log.ts";

/** A logger whose level and form can be changed while others hold it. */
export interface SwitchableLogger extends Logger {
  /** Has another logger write from now on. */
  use(logger: Logger): void;
}

/**
 * Makes a logger that hands everything on.
 *
 * @param first The logger that writes at first.
 */
export function switchableLogger(first: Logger): SwitchableLogger {
  let current = first;
  return {
    debug: (message, fields) => current.debug(message, fields),
    info: (message, fields) => current.info(message, fields),
    warn: (message, fields) => current.warn(message, fields),
    error: (message, fields) => current.error(message, fields),
    use: (logger) => void (current = logger),
  };
}
