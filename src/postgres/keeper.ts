/**
 * Keeps one session open: opens it when asked, waits between attempts, remembers what stood in the way.
 *
 * @module
 */
import type { ConnectionTarget } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import { PostgresError } from "./errors.ts";
import { openSession, type Session, type SessionOptions } from "./session.ts";
import { isPoolerRefusal } from "./trouble.ts";

/** First wait after a failure, seconds; it doubles with each further one. */
const FIRST_WAIT_SECONDS = 0.5;
/** Longest wait between attempts, seconds: a server that is back is seen again this soon at the latest. */
const LONGEST_WAIT_SECONDS = 5;

/** What a keeper needs. */
export interface KeeperOptions {
  /** Where to and as whom. */
  readonly target: ConnectionTarget;
  /** The user's name of the server. */
  readonly server: string;
  /** Longest any statement may run, seconds. */
  readonly statementTimeoutSeconds: number;
  /** Longest a statement may wait for a lock, seconds. */
  readonly lockTimeoutSeconds: number;
  /** Time. */
  readonly clock: Clock;
  /** A number in [0, 1), for jitter. */
  readonly random: () => number;
  /** Reads certificate files. */
  readonly readTextFile: (path: string) => Promise<string>;
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
  #lastFailure: PostgresError | null = null;
  #connects = 0;
  #connectDurationSeconds: number | null = null;

  /** Keeps nothing yet; the first {@linkcode SessionKeeper.session} opens. */
  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Connections opened so far. */
  get connects(): number {
    return this.#connects;
  }

  /** Seconds the latest successful connect took, login included; null before the first. */
  get connectDurationSeconds(): number | null {
    return this.#connectDurationSeconds;
  }

  /** The open session, if there is one; never opens. */
  get current(): Session | null {
    return this.#session !== null && !this.#session.closed ? this.#session : null;
  }

  /** Whether {@linkcode SessionKeeper.session} would try, rather than repeat the last failure. */
  get mayTry(): boolean {
    return this.current !== null || this.#options.clock.monotonic() >= this.#retryAt;
  }

  /**
   * The open session, or a new one.
   *
   * @param signal Ends the attempt.
   * @throws {PostgresError} When it cannot be opened; while waiting between attempts, the last failure again.
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

  /** Destroys the session: it missed a deadline and cannot be trusted to answer in order. */
  drop(): void {
    this.#session?.destroy();
    this.#session = null;
  }

  /** Ends the session politely. */
  async close(signal: AbortSignal): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.close(signal);
  }

  async #open(signal: AbortSignal): Promise<Session> {
    const startedAt = this.#options.clock.monotonic();
    try {
      this.#session = await this.#attempt(signal);
    } catch (error) {
      if (error instanceof PostgresError) this.#failed(error);
      throw error;
    }
    this.#connects += 1;
    this.#failures = 0;
    this.#lastFailure = null;
    this.#connectDurationSeconds = this.#options.clock.monotonic() - startedAt;
    return this.#session;
  }

  async #attempt(signal: AbortSignal): Promise<Session> {
    try {
      return await this.#openOnce(signal);
    } catch (error) {
      if (this.#pooled || !(error instanceof PostgresError) || !isPoolerRefusal(error)) throw error;
      this.#pooled = true;
      return await this.#openOnce(signal);
    }
  }

  #openOnce(signal: AbortSignal): Promise<Session> {
    const { target, server, statementTimeoutSeconds, lockTimeoutSeconds, readTextFile, open = openSession } =
      this.#options;
    return open(target, {
      server,
      signal,
      statementTimeoutSeconds,
      lockTimeoutSeconds,
      pooled: this.#pooled,
      readTextFile,
    });
  }

  #failed(error: PostgresError): void {
    this.#lastFailure = error;
    // A server that says it is starting is worth asking again at once: recovery ends without notice.
    this.#failures = error.kind === "starting" ? 0 : this.#failures + 1;
    const wait = this.#failures === 0
      ? 0
      : Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (this.#failures - 1));
    // Between half and the whole of it, so that many exporters do not return to a server together.
    this.#retryAt = this.#options.clock.monotonic() + wait * (0.5 + this.#options.random() / 2);
  }
}
