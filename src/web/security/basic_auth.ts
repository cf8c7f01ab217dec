import { createHmac, randomBytes } from "node:crypto";
import type { Clock } from "../../domain/clock.ts";

/** Comparisons that may wait for their turn; more are turned away, so that nobody waits for long. */
const MOST_WAITING = 16;
/** And of one client, so that none can keep all others waiting. */
const MOST_OF_CLIENT = 4;
/** Outcomes that are remembered, of each kind. */
const MOST_REMEMBERED = 100;
/** Longest rest after a wrong password, seconds. */
const LONGEST_REST_SECONDS = 0.5;
/** What bcrypt writes salt and digest with. */
const ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** How a login ended; `busy`: it was not tried, as too many others wait. */
export type LoginOutcome = "accepted" | "refused" | "busy";

/** A user and a password, as a request bears them. */
export interface Credentials {
  /** The user. */
  readonly user: string;
  /** The password. */
  readonly password: string;
}

/** A login that is tried. */
export interface LoginAttempt extends Credentials {
  /** Who tries; absent or null when that is not known. */
  readonly client?: string | null;
}

/** What logins need. */
export interface LoginsOptions {
  /** Compares a password with a bcrypt hash. */
  readonly compare: (password: string, hash: string) => Promise<boolean>;
  /** Time. */
  readonly clock: Clock;
}

/**
 * Checks logins: bcrypt is slow by design and there is one thread, so comparisons come one after the other, with a rest
 * after each wrong one, and outcomes are remembered. A scrape whose login is remembered waits for none of that.
 */
export class Logins {
  readonly #options: LoginsOptions;
  readonly #secret = randomBytes(32);
  /** The hash of nothing that anybody knows, without its cost. */
  readonly #dummy = Array.from(randomBytes(53), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
  readonly #accepted = new RecentKeys();
  readonly #refused = new RecentKeys();
  readonly #running = new Map<
    string,
    { readonly outcome: Promise<boolean>; readonly client: string | null }
  >();
  #last: Promise<void> = Promise.resolve();

  /** Remembers nothing yet. */
  constructor(options: LoginsOptions) {
    this.#options = options;
  }

  /**
   * Checks a login. A wrong password takes as long as the dearest hash of all, whoever is said to have it: so time tells
   * neither whether a user exists nor what the hash costs.
   *
   * @param attempt What the request bears, and whom it comes from.
   * @param users bcrypt hashes by user.
   */
  async check(
    { user, password, client = null }: LoginAttempt,
    users: ReadonlyMap<string, string>,
  ): Promise<LoginOutcome> {
    const known = users.get(user);
    const dearest = Math.max(...[...users.values()].map(costOf));
    const hash = known ?? this.#dummyHash(dearest);
    // Passwords are not kept: only what nobody else can compute from them.
    const key = createHmac("sha256", this.#secret).update(JSON.stringify([user, hash, password])).digest(
      "hex",
    );
    if (this.#accepted.has(key)) return "accepted";
    if (this.#refused.has(key)) return "refused";
    let running = this.#running.get(key);
    if (running === undefined) {
      if (this.#running.size >= MOST_WAITING || this.#countOf(client) >= MOST_OF_CLIENT) return "busy";
      const outcome = this.#inTurn(password, { hash, dearest }).finally(() => this.#running.delete(key));
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

  #countOf(client: string | null): number {
    if (client === null) return 0;
    return this.#running.values().reduce((count, its) => its.client === client ? count + 1 : count, 0);
  }

  async #inTurn(
    password: string,
    { hash, dearest }: { readonly hash: string; readonly dearest: number },
  ): Promise<boolean> {
    const { compare, clock } = this.#options;
    const before = this.#last;
    const { promise: done, resolve } = Promise.withResolvers<void>();
    this.#last = done;
    await before;
    const startedAt = clock.monotonic();
    try {
      const isSame = await compare(password, hash);
      // Each step of cost doubles the work, so these and the comparison together are the work of the dearest hash.
      for (let cost = costOf(hash); !isSame && cost < dearest; cost++) {
        {
          await compare(password, this.#dummyHash(cost));
        }
      }
      if (isSame) resolve();
      else {
        // Half of the thread stays free, however many guess.
        const rest = Math.min(LONGEST_REST_SECONDS, clock.monotonic() - startedAt);
        clock.sleep(rest).finally(resolve);
      }
      return isSame;
    } catch (error) {
      resolve();
      throw error;
    }
  }
}

/**
 * Reads `Authorization: Basic`.
 *
 * @param header The header; null when there is none.
 * @returns null when it is no such login.
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
 * @param hash The hash, checked when the configuration was read.
 */
export function costOf(hash: string): number {
  return Number(hash.split("$")[2] ?? 10);
}

/** The keys that were of use last. */
class RecentKeys {
  readonly #keys = new Set<string>();

  has(key: string): boolean {
    const isThere = this.#keys.delete(key);
    if (isThere) this.#keys.add(key);
    return isThere;
  }

  add(key: string): void {
    this.#keys.delete(key);
    this.#keys.add(key);
    for (const oldest of this.#keys) {
      if (this.#keys.size <= MOST_REMEMBERED) return;
      this.#keys.delete(oldest);
    }
  }
}
