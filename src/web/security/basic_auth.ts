import { createHmac, randomBytes } from "node:crypto";
import type { Clock } from "../../domain/clock.ts";

/** Comparisons that may wait for their turn; more are turned away, so that nobody waits for long. */
const MOST_WAITING = 16;
/** Outcomes that are remembered, of each kind. */
const MOST_REMEMBERED = 100;
/** Longest rest after a wrong password, seconds. */
const LONGEST_REST_SECONDS = 0.5;
/** The hash of nothing in particular, without its cost: for users that do not exist. */
const DUMMY_DIGEST = "QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi";

/** How a login ended; `busy`: it was not tried, as too many others wait. */
export type LoginOutcome = "accepted" | "refused" | "busy";

/** A user and a password, as a request bears them. */
export interface Credentials {
  /** The user. */
  readonly user: string;
  /** The password. */
  readonly password: string;
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
  readonly #accepted = new RecentKeys();
  readonly #refused = new RecentKeys();
  readonly #running = new Map<string, Promise<boolean>>();
  #last: Promise<void> = Promise.resolve();

  /** Remembers nothing yet. */
  constructor(options: LoginsOptions) {
    this.#options = options;
  }

  /**
   * Checks a login. A user who does not exist takes as long as one who does.
   *
   * @param credentials What the request bears.
   * @param users bcrypt hashes by user.
   */
  async check({ user, password }: Credentials, users: ReadonlyMap<string, string>): Promise<LoginOutcome> {
    const known = users.get(user);
    const hash = known ?? dummyHash(users);
    // Passwords are not kept: only what nobody else can compute from them.
    const key = createHmac("sha256", this.#secret).update(JSON.stringify([user, hash, password])).digest(
      "hex",
    );
    if (this.#accepted.has(key)) return "accepted";
    if (this.#refused.has(key)) return "refused";
    let running = this.#running.get(key);
    if (running === undefined) {
      if (this.#running.size >= MOST_WAITING) return "busy";
      running = this.#inTurn(password, hash).finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
    const isAccepted = await running && known !== undefined;
    (isAccepted ? this.#accepted : this.#refused).add(key);
    return isAccepted ? "accepted" : "refused";
  }

  async #inTurn(password: string, hash: string): Promise<boolean> {
    const { compare, clock } = this.#options;
    const before = this.#last;
    const { promise: done, resolve } = Promise.withResolvers<void>();
    this.#last = done;
    await before;
    const startedAt = clock.monotonic();
    try {
      const isSame = await compare(password, hash);
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

/** As dear as the dearest of the users' own. */
function dummyHash(users: ReadonlyMap<string, string>): string {
  const costs = [...users.values()].map((hash) => hash.split("$")[2] ?? "10");
  const cost = costs.toSorted().at(-1) ?? "10";
  return `$2b$${cost}$${DUMMY_DIGEST}`;
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
