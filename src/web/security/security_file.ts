import { ConfigError } from "../../config/config_error.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Logger } from "../../domain/log.ts";
import { loadWebSecurity } from "./load.ts";
import type { WebSecurity } from "./security.ts";

/** How often the files are looked at, seconds. */
const LOOK_SECONDS = 1;
/** How often a file that cannot be used is read again although it did not change: what it names may have, seconds. */
const RETRY_SECONDS = 15;

/** What a file looks like from outside: another text is another file. */
export type Fingerprint = (path: string) => Promise<string>;

/** What following a file needs. */
export interface SecurityFileOptions {
  /** The web configuration. */
  readonly path: string;
  /** Reads a file whole. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Tells whether a file has changed. */
  readonly fingerprint: Fingerprint;
  /** Whether this runtime does all that a file can ask of TLS: see `hasFullTls`. */
  readonly isTlsFull: boolean;
  /** Time. */
  readonly clock: Clock;
  /** Where a file that cannot be used is told, once. */
  readonly logger: Logger;
}

/**
 * A web configuration that is followed: a new one holds within a second of being written, certificates included. One
 * that cannot be used changes nothing; what held before goes on.
 */
export class SecurityFile {
  readonly #options: SecurityFileOptions;
  readonly #listeners = new Set<(security: WebSecurity) => void>();
  #current: WebSecurity;
  #seen: ReadonlyMap<string, string>;
  #readAt: number;
  #failures = 0;
  #error: ConfigError | null = null;
  #checking: Promise<void> | null = null;

  private constructor(
    options: SecurityFileOptions,
    first: { readonly security: WebSecurity; readonly seen: ReadonlyMap<string, string> },
  ) {
    this.#options = options;
    this.#current = first.security;
    this.#seen = first.seen;
    this.#readAt = options.clock.monotonic();
  }

  /**
   * Reads the file.
   *
   * @param options What it needs.
   * @throws {ConfigError} When it cannot be used.
   */
  static async open(options: SecurityFileOptions): Promise<SecurityFile> {
    const before = await look([options.path], options.fingerprint);
    const security = await load(options);
    const seen = await look(security.files, options.fingerprint, before);
    for (const warning of security.warnings) options.logger.warn(warning, { file: options.path });
    return new SecurityFile(options, { security, seen });
  }

  /** What holds. */
  get current(): WebSecurity {
    return this.#current;
  }

  /** Why the file as it is now cannot be used; null when it holds. */
  get error(): ConfigError | null {
    return this.#error;
  }

  /** Calls back whenever something else holds. */
  onChange(listener: (security: WebSecurity) => void): void {
    this.#listeners.add(listener);
  }

  /** Follows the file until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    const pause = () => this.#options.clock.sleep(LOOK_SECONDS, signal).catch(() => {});
    for (await pause(); !signal.aborted; await pause()) await this.check();
  }

  /**
   * Reads the file anew when it, or a file it names, has changed.
   *
   * @param options `isForced`: also when nothing has.
   */
  async check(options: { readonly isForced?: boolean } = {}): Promise<void> {
    await this.#checking;
    this.#checking = this.#check(options.isForced ?? false).finally(() => this.#checking = null);
    await this.#checking;
  }

  async #check(isForced: boolean): Promise<void> {
    const { clock, fingerprint } = this.#options;
    const seen = await look(this.#current.files, fingerprint);
    const hasChanged = [...seen].some(([file, print]) => this.#seen.get(file) !== print);
    // A renewal may write certificate and key one after the other: only what stays wrong is told.
    const isDue = this.#failures === 1 ||
      (this.#failures > 1 && clock.monotonic() - this.#readAt >= RETRY_SECONDS);
    if (!hasChanged && !isForced && !isDue) return;
    this.#readAt = clock.monotonic();
    this.#seen = seen;
    try {
      const security = await load(this.#options);
      checkSwitch(this.#current, { security, path: this.#options.path });
      this.#seen = await look(security.files, fingerprint, seen);
      this.#take(security);
    } catch (error) {
      this.#fail(error instanceof ConfigError ? error : this.#unusable(error), isForced);
    }
  }

  #take(security: WebSecurity): void {
    const { logger, path, isTlsFull } = this.#options;
    if (!isTlsFull && this.#current.tls?.certificate !== security.tls?.certificate) {
      logger.warn(
        "The certificate was renewed: this program, built with a Deno before 2.9, needs a restart to show it",
      );
    }
    // First, as TLS may refuse a certificate or key of a kind that it does not know.
    for (const listener of this.#listeners) listener(security);
    this.#current = security;
    this.#error = null;
    this.#failures = 0;
    for (const warning of security.warnings) logger.warn(warning, { file: path });
    logger.info("Read the web configuration anew", {
      file: path,
      tls: security.tls !== null,
      users: security.users.size,
    });
  }

  /** What nobody foresaw ends no exporter; its message may hold anything. */
  #unusable(error: unknown): ConfigError {
    const kind = error instanceof Error ? error.name : typeof error;
    return new ConfigError([
      `${this.#options.path}: It cannot be used (${kind}): is the certificate or its key of a kind that is not known here?`,
    ]);
  }

  #fail(error: ConfigError, isForced: boolean): void {
    this.#failures++;
    if (this.#failures === 1 && !isForced) return;
    const isTold = this.#error?.message === error.message;
    this.#error = error;
    if (isForced) this.#failures++;
    if (isTold) return;
    this.#options.logger.error("Cannot use the new web configuration: what held before stays", {
      error: error.message,
    });
  }
}

function load({ path, readTextFile, clock, isTlsFull }: SecurityFileOptions): Promise<WebSecurity> {
  return loadWebSecurity(path, { readTextFile, wallNow: clock.wall(), isTlsFull });
}

/** A port cannot begin or cease to speak TLS while clients know it otherwise. */
function checkSwitch(
  before: WebSecurity,
  { security, path }: { readonly security: WebSecurity; readonly path: string },
): void {
  if ((before.tls === null) === (security.tls === null)) return;
  const change = security.tls === null ? "no longer asks for TLS" : "asks for TLS now";
  throw new ConfigError([`${path}: It ${change}: that needs a restart`]);
}

/** What all files look like; one that is not there is part of it. What was seen `before` it was read counts. */
async function look(
  files: readonly string[],
  fingerprint: Fingerprint,
  before: ReadonlyMap<string, string> = new Map(),
): Promise<ReadonlyMap<string, string>> {
  const prints = files.map(async (file) =>
    [file, before.get(file) ?? await fingerprint(file).catch(() => "missing")] as const
  );
  return new Map(await Promise.all(prints));
}
