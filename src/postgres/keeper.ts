/**
 * Keeps one session open: opens it on request, waits between attempts, remembers the last error.
 *
 * @module
 */
import type { ConnectionTarget } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import { PostgresError } from "./errors.ts";
import { openSession, type Session, type SessionOptions } from "./session.ts";
import { isPoolerRefusal } from "./trouble.ts";

/** First wait after a failure, seconds; it doubles with each further failure. */
const FIRST_RECONNECT_SECONDS = 0.5;
/** Longest wait between attempts, seconds. */
const LONGEST_RECONNECT_SECONDS = 5;
/** Longest time between attempts while the server is urgent, seconds: a session is asked for that often. */
export const URGENT_RECONNECT_SECONDS = 0.5;
/** Longest wait between them: the attempt itself takes a while, and the next call must not come too early. */
const URGENT_WAIT_SECONDS = URGENT_RECONNECT_SECONDS / 2;

/** What a keeper needs. */
export interface KeeperOptions
  extends Pick<SessionOptions, "server" | "statementTimeoutSeconds" | "lockTimeoutSeconds" | "readTextFile"> {
  /** Host, role, database and settings. */
  readonly target: ConnectionTarget;
  /** Time. */
  readonly clock: Clock;
  /** A number in [0, 1), for jitter. */
  readonly random: () => number;
  /** Whether much depends on a server that is lost, so that it is tried at least twice a second; never when absent. */
  readonly isUrgent?: () => boolean;
  /** Opens a session; replaced in tests. */
  readonly open?: (target: ConnectionTarget, options: SessionOptions) => Promise<Session>;
}

/** Keeps one session to one server. */
export class SessionKeeper {
  readonly #options: KeeperOptions;
  #session: Session | null = null;
  #opening: Promise<Session> | null = null;
  #pooled = false;
  #failures = 0;
  #retryAt = -Infinity;
  #triedAt = -Infinity;
  #lastFailure: PostgresError | null = null;
  #connects = 0;
  #connectDurationSeconds: number | null = null;

  /** Opens nothing yet; {@linkcode SessionKeeper.session} does. */
  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Connections opened so far. */
  get connects(): number {
    return this.#connects;
  }

  /** Duration of the latest successful connect, login included, seconds; null before the first. */
  get connectDurationSeconds(): number | null {
    return this.#connectDurationSeconds;
  }

  /** The open session, if there is one; never opens one. */
  get current(): Session | null {
    return this.#session !== null && !this.#session.closed ? this.#session : null;
  }

  /** Whether the latest attempt to connect failed. */
  get hasFailed(): boolean {
    return this.#lastFailure !== null;
  }

  /** When the latest attempt to connect began: our monotonic seconds; -Infinity before the first. */
  get triedAt(): number {
    return this.#triedAt;
  }

  /** Whether {@linkcode SessionKeeper.session} would try to connect instead of repeating the last error. */
  get mayTry(): boolean {
    return this.current !== null || this.#options.clock.monotonic() >= this.#retryAt;
  }

  /**
   * The open session, or a new one.
   *
   * @throws {PostgresError} When it cannot be opened; between two attempts, the last error again.
   */
  async session(signal: AbortSignal): Promise<Session> {
    if (this.current) return this.current;
    if (this.#opening) return await this.#opening;
    if (!this.mayTry && this.#lastFailure) throw this.#lastFailure;
    this.#opening = this.#open(signal);
    try {
      return await this.#opening;
    } finally {
      this.#opening = null;
    }
  }

  /** Destroys the session: after a missed deadline its answers may be out of order. */
  drop(): void {
    this.#session?.destroy();
  }

  /**
   * Lets the next call connect at once, because the server has shown that it is alive; not when it responded to the latest
   * attempt, because it would refuse each further login and log it.
   */
  hurry(): void {
    if (this.#lastFailure !== null && isSilence(this.#lastFailure)) this.#retryAt = -Infinity;
  }

  /** Closes the session. */
  async close(signal: AbortSignal): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.close(signal);
  }

  async #open(signal: AbortSignal): Promise<Session> {
    const { clock } = this.#options;
    const startedAt = clock.monotonic();
    this.#triedAt = startedAt;
    try {
      this.#session = await this.#attempt(signal);
    } catch (error) {
      throw error instanceof PostgresError ? this.#failed(error) : error;
    }
    this.#connects += 1;
    this.#failures = 0;
    this.#lastFailure = null;
    this.#connectDurationSeconds = clock.monotonic() - startedAt;
    return this.#session;
  }

  async #attempt(signal: AbortSignal): Promise<Session> {
    // `random` is not passed on: the session orders hosts with its own.
    const { target, open = openSession, random: _, isUrgent: __, ...options } = this.#options;
    try {
      return await open(target, { ...options, signal, pooled: this.#pooled });
    } catch (error) {
      if (this.#pooled || !(error instanceof PostgresError) || !isPoolerRefusal(error)) throw error;
      this.#pooled = true;
      return await open(target, { ...options, signal, pooled: true });
    }
  }

  #failed(thrown: PostgresError): PostgresError {
    const { clock, random } = this.#options;
    const error = this.#isStopping(thrown)
      ? new PostgresError(thrown.message, { ...thrown.trouble, kind: "shutting_down", cause: thrown.cause })
      : thrown;
    this.#lastFailure = error;
    // Retry a starting server at once: recovery ends without notice.
    this.#failures = error.kind === "starting" ? 0 : this.#failures + 1;
    const longest = this.#options.isUrgent?.() ? URGENT_WAIT_SECONDS : LONGEST_RECONNECT_SECONDS;
    const wait = this.#failures === 0
      ? 0
      : Math.min(longest, FIRST_RECONNECT_SECONDS * 2 ** (this.#failures - 1));
    // Between half and the full wait, so that many exporters do not reconnect at the same moment.
    this.#retryAt = clock.monotonic() + wait * (0.5 + random() / 2);
    return error;
  }

  /**
   * Whether a server that accepts no logins now (57P03) is shutting down rather than starting, which only its text shows,
   * in the server's language: it ended our session (57P01), or it gives the same reason as when it did.
   */
  #isStopping({ sqlstate, message }: PostgresError): boolean {
    const last = this.#lastFailure ?? this.#session?.endedBy;
    if (sqlstate !== "57P03" || last === undefined) return false;
    return last instanceof PostgresError
      ? last.kind === "shutting_down" && last.message === message
      : last.code === "57P01";
  }
}

/** Whether nothing responded; a proxy without a server behind it closes the connection during the login. */
function isSilence({ kind, step, sqlstate }: PostgresError): boolean {
  return kind === "unreachable" || kind === "timeout" ||
    kind === "refused" && sqlstate === null && step !== "query";
}
