import { createHmac, randomBytes } from "node:crypto";
import type { Clock } from "../../domain/clock.ts";

/** Most queued comparisons; further logins are rejected, so that the queue stays short. */
const MAX_QUEUED = 16;
/** Most queued comparisons of one client, so that it cannot block the others. */
const MAX_QUEUED_PER_CLIENT = 4;
/** Most cached outcomes of each kind. */
const MAX_CACHED = 100;
/** Longest pause after a wrong password, seconds. */
const MAX_PAUSE_SECONDS = 0.5;
/** bcrypt's base64 alphabet. */
const BCRYPT_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** The result of a login; `busy`: not checked, as too many others are queued. */
export type LoginOutcome = "accepted" | "refused" | "busy";

/** User and password of a request. */
export interface Credentials {
  /** The user. */
  readonly user: string;
  /** The password. */
  readonly password: string;
}

/** An attempt to log in. */
export interface LoginAttempt extends Credentials {
  /** The client; absent or null when it is unknown. */
  readonly client?: string | null;
}

/** What checking logins needs. */
export interface LoginsOptions {
  /** Compares a password with a bcrypt hash. */
  readonly compare: (password: string, hash: string) => Promise<boolean>;
  /** Time. */
  readonly clock: Clock;
}

/**
 * Checks logins: bcrypt is slow by design and there is one thread, so comparisons run one after the other, with a pause
 * after each wrong one, and outcomes are cached. A scrape with a cached login does not wait.
 */
export class Logins {
  readonly #options: LoginsOptions;
  readonly #secret = randomBytes(32);
  /** Salt and digest of a hash that no password matches. */
  readonly #dummy = Array.from(randomBytes(53), (byte) => BCRYPT_ALPHABET[byte % BCRYPT_ALPHABET.length])
    .join("");
  readonly #accepted = new RecentKeys();
  readonly #refused = new RecentKeys();
  readonly #running = new Map<
    string,
    { readonly outcome: Promise<boolean>; readonly client: string | null }
  >();
  #last: Promise<void> = Promise.resolve();

  /** Starts with empty caches. */
  constructor(options: LoginsOptions) {
    this.#options = options;
  }

  /**
   * Checks a login. A wrong password takes as long as the most expensive hash of all, whatever the user: so the time does
   * not reveal whether a user exists, or the cost of the hash.
   *
   * @param attempt User, password and client of the request.
   * @param users bcrypt hashes by user.
   */
  async check(
    { user, password, client = null }: LoginAttempt,
    users: ReadonlyMap<string, string>,
  ): Promise<LoginOutcome> {
    const known = users.get(user);
    const highest = Math.max(...[...users.values()].map(costOf));
    const hash = known ?? this.#dummyHash(highest);
    // Passwords are not kept, only a keyed hash of them.
    const key = createHmac("sha256", this.#secret).update(JSON.stringify([user, hash, password])).digest(
      "hex",
    );
    if (this.#accepted.has(key)) return "accepted";
    if (this.#refused.has(key)) return "refused";
    let running = this.#running.get(key);
    if (running === undefined) {
      if (this.#running.size >= MAX_QUEUED || this.#queuedBy(client) >= MAX_QUEUED_PER_CLIENT) return "busy";
      const outcome = this.#inTurn(password, { hash, highest }).finally(() => this.#running.delete(key));
      running = { outcome, client };
      this.#running.set(key, running);
    }
    const isAccepted = await running.outcome && known !== undefined;
    (isAccepted ? this.#accepted : this.#refused).add(key);
    return isAccepted ? "accepted" : "refused";
  }

  #dummyHash(cost: number): string {
    return `$2b$${String(cost).padStart(2, "0")}$${this.#dummy}`;
  }

  #queuedBy(client: string | null): number {
    if (client === null) return 0;
    return this.#running.values().reduce((count, its) => its.client === client ? count + 1 : count, 0);
  }

  async #inTurn(
    password: string,
    { hash, highest }: { readonly hash: string; readonly highest: number },
  ): Promise<boolean> {
    const { compare, clock } = this.#options;
    const before = this.#last;
    const { promise: done, resolve } = Promise.withResolvers<void>();
    this.#last = done;
    await before;
    const startedAt = clock.monotonic();
    try {
      const isSame = await compare(password, hash);
      // Each step of cost doubles the work: these comparisons make up for the most expensive hash.
      for (let cost = costOf(hash); !isSame && cost < highest; cost++) {
        await compare(password, this.#dummyHash(cost));
      }
      if (isSame) resolve();
      else {
        // Half of the thread's time stays free, however many guess.
        const pause = Math.min(MAX_PAUSE_SECONDS, clock.monotonic() - startedAt);
        clock.sleep(pause).finally(resolve);
      }
      return isSame;
    } catch (error) {
      resolve();
      throw error;
    }
  }
}

/**
 * Parses `Authorization: Basic`.
 *
 * @param header The header; null when there is none.
 * @returns null when it is not a basic login.
 */
export function parseBasicAuth(header: string | null): Credentials | null {
  const match = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? "");
  if (match === null) return null;
  let text: string;
  try {
    text = new TextDecoder().decode(Uint8Array.from(atob(match[1] ?? ""), (each) => each.charCodeAt(0)));
  } catch {
    return null;
  }
  const colon = text.indexOf(":");
  return colon < 0 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/**
 * The cost of a bcrypt hash: the binary logarithm of its rounds.
 *
 * @param hash A valid hash.
 */
export function costOf(hash: string): number {
  return Number(hash.split("$")[2] ?? 10);
}

/** The most recently used keys. */
class RecentKeys {
  readonly #keys = new Set<string>();

  has(key: string): boolean {
    const isKnown = this.#keys.delete(key);
    if (isKnown) this.#keys.add(key);
    return isKnown;
  }

  add(key: string): void {
    this.#keys.delete(key);
    this.#keys.add(key);
    for (const oldest of this.#keys) {
      if (this.#keys.size <= MAX_CACHED) return;
      this.#keys.delete(oldest);
    }
  }
}
