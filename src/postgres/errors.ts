/**
 * What can go wrong between us and a server, as one type.
 *
 * @module
 */
import type { ServerErrorKind, ServerTrouble } from "../domain/view.ts";

/** A step towards an answer; each has its deadline. */
export type Step = ServerTrouble["step"];

/** A failure of one step with one server. Its message never holds a secret. */
export class PostgresError extends Error {
  /** Class name, for logs. */
  override readonly name = "PostgresError";
  /** What kind of trouble it is. */
  readonly kind: ServerErrorKind;
  /** The step that failed. */
  readonly step: Step;
  /** SQLSTATE; null when the server did not say one. */
  readonly sqlstate: string | null;

  /** Describes a failure. */
  constructor(
    message: string,
    options: { kind: ServerErrorKind; step: Step; sqlstate?: string | null; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.kind = options.kind;
    this.step = options.step;
    this.sqlstate = options.sqlstate ?? null;
  }

  /** The same as plain data, for the view. */
  get trouble(): ServerTrouble {
    return { kind: this.kind, step: this.step, sqlstate: this.sqlstate, message: this.message };
  }
}
