/**
 * Errors between the exporter and a server.
 *
 * @module
 */
import type { ServerErrorKind, ServerTrouble } from "../domain/view.ts";

/** A step of a connection or query; each has a deadline. */
export type ConnectionStep = ServerTrouble["step"];

/** The failure of a step with one server. The message never contains a secret. */
export class PostgresError extends Error {
  /** Class name, for logs. */
  override readonly name = "PostgresError";
  /** Kind of error. */
  readonly kind: ServerErrorKind;
  /** The step that failed. */
  readonly step: ConnectionStep;
  /** SQLSTATE; null when the server did not send one. */
  readonly sqlstate: string | null;

  /** Describes a failure. */
  constructor(
    message: string,
    { kind, step, sqlstate = null, cause }: Omit<ServerTrouble, "message" | "sqlstate"> & {
      readonly sqlstate?: string | null;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause });
    this.kind = kind;
    this.step = step;
    this.sqlstate = sqlstate;
  }

  /** Name of the server's function that raised it, the same in every language; null when unknown. */
  get routine(): string | null {
    const { cause } = this;
    const hasRoutine = typeof cause === "object" && cause !== null && "routine" in cause;
    return hasRoutine && typeof cause.routine === "string" ? cause.routine : null;
  }

  /** The failure as plain data, for the view. */
  get trouble(): ServerTrouble {
    return { kind: this.kind, step: this.step, sqlstate: this.sqlstate, message: this.message };
  }
}

/** An error with a code, like those of the system: `CONNECTION_CLOSED`. */
export function codedError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
