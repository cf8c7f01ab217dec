/**
 * How many servers are logged in to at a time: after a start, or when a network comes back, all of them want to be.
 *
 * @module
 */
import { type Clock, systemClock } from "../domain/clock.ts";

/** Most turns at a time. */
const MOST_LOGINS = 8;

/** After this long, seconds, the next one may begin all the same: a server that does not respond delays no other. */
const LOGIN_PATIENCE_SECONDS = 0.1;

/** Gives turns, in order; servers whose latest attempt failed wait for all others. */
export class LoginTurns {
  readonly #clock: Clock;
  readonly #first: (() => void)[] = [];
  readonly #last: (() => void)[] = [];
  #taken = 0;

  /** All turns are free. */
  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /**
   * Waits for a turn.
   *
   * @param hasFailed Whether the latest attempt failed.
   * @returns The turn; disposing it ends it.
   */
  async take({ hasFailed }: { readonly hasFailed: boolean }): Promise<Disposable> {
    if (this.#taken < MOST_LOGINS) this.#taken += 1;
    else await new Promise<void>((resolve) => (hasFailed ? this.#last : this.#first).push(resolve));
    const ending = new AbortController();
    this.#clock.sleep(LOGIN_PATIENCE_SECONDS, ending.signal).catch(() => {}).then(() => this.#pass());
    return { [Symbol.dispose]: () => ending.abort() };
  }

  #pass(): void {
    const next = this.#first.shift() ?? this.#last.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }
}

/** The turns of this process. */
export const loginTurns: LoginTurns = new LoginTurns({ clock: systemClock });
