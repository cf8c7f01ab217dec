import { ConfigError } from "../../config/config_error.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Logger } from "../../domain/log.ts";
import { loadWebSecurity } from "./load.ts";
import type { WebSecurity } from "./security.ts";

/** Interval at which the files are checked for changes, seconds. */
const CHECK_SECONDS = 1;
/** Interval at which an invalid file is read again without a change, as the files it names may have changed, seconds. */
const REREAD_SECONDS = 15;

/** Identifies the content of a file, without reading it. */
export type Fingerprint = (path: string) => Promise<string>;

/** What watching a web configuration needs. */
export interface SecurityFileOptions {
  /** The web configuration. */
  readonly path: string;
  /** Reads a file whole. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Changes with a file. */
  readonly fingerprint: Fingerprint;
  /** Whether this runtime supports every TLS setting of the file: see `hasFullTls`. */
  readonly isTlsFull: boolean;
  /** Time. */
  readonly clock: Clock;
  /** Gets warnings, reloads and, once each, errors. */
  readonly logger: Logger;
}

/**
 * A web configuration that is reloaded within a second of a change, certificates included. An invalid one has no effect;
 * the previous one stays active.
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
   * @param options The file, and how to read it.
   * @throws {ConfigError} When it is invalid.
   */
  static async open(options: SecurityFileOptions): Promise<SecurityFile> {
    const before = await fingerprintsOf([options.path], options.fingerprint);
    const security = await load(options);
    const seen = await fingerprintsOf(security.files, options.fingerprint, before);
    for (const warning of security.warnings) options.logger.warn(warning, { file: options.path });
    return new SecurityFile(options, { security, seen });
  }

  /** The active configuration. */
  get current(): WebSecurity {
    return this.#current;
  }

  /** Why the current file is invalid; null when it is active. */
  get error(): ConfigError | null {
    return this.#error;
  }

  /** Adds a callback for every new configuration. */
  onChange(listener: (security: WebSecurity) => void): void {
    this.#listeners.add(listener);
  }

  /** Watches the file until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    const pause = () => this.#options.clock.sleep(CHECK_SECONDS, signal).catch(() => {});
    for (await pause(); !signal.aborted; await pause()) await this.check();
  }

  /**
   * Reloads the file when it, or a file it names, has changed.
   *
   * @param options `isForced`: also without a change.
   */
  async check(options: { readonly isForced?: boolean } = {}): Promise<void> {
    await this.#checking;
    this.#checking = this.#check(options.isForced ?? false).finally(() => this.#checking = null);
    await this.#checking;
  }

  async #check(isForced: boolean): Promise<void> {
    const { clock, fingerprint } = this.#options;
    const seen = await fingerprintsOf(this.#current.files, fingerprint);
    const hasChanged = [...seen].some(([file, print]) => this.#seen.get(file) !== print);
    // A renewal may write certificate and key one after the other: only a problem that persists is logged.
    const isDue = this.#failures === 1 ||
      (this.#failures > 1 && clock.monotonic() - this.#readAt >= REREAD_SECONDS);
    if (!hasChanged && !isForced && !isDue) return;
    this.#readAt = clock.monotonic();
    this.#seen = seen;
    try {
      const security = await load(this.#options);
      checkSwitch(this.#current, { security, path: this.#options.path });
      this.#seen = await fingerprintsOf(security.files, fingerprint, seen);
      this.#activate(security);
    } catch (error) {
      this.#fail(error instanceof ConfigError ? error : this.#unexpected(error), isForced);
    }
  }

  #activate(security: WebSecurity): void {
    const { logger, path, isTlsFull } = this.#options;
    if (!isTlsFull && this.#current.tls?.certificate !== security.tls?.certificate) {
      logger.warn(
        "The certificate was renewed: this program, built with a Deno before 2.9, needs a restart to use it",
      );
    }
    // First, as TLS may reject an unsupported kind of certificate or key.
    for (const listener of this.#listeners) listener(security);
    this.#current = security;
    this.#error = null;
    this.#failures = 0;
    for (const warning of security.warnings) logger.warn(warning, { file: path });
    logger.info("Reloaded the web configuration", {
      file: path,
      tls: security.tls !== null,
      users: security.users.size,
    });
  }

  /** An unexpected error does not stop the exporter; its message may contain anything. */
  #unexpected(error: unknown): ConfigError {
    const kind = error instanceof Error ? error.name : typeof error;
    return new ConfigError([
      `${this.#options.path}: It cannot be used (${kind}): is the kind of the certificate or its key unsupported?`,
    ]);
  }

  #fail(error: ConfigError, isForced: boolean): void {
    this.#failures++;
    if (this.#failures === 1 && !isForced) return;
    const isLogged = this.#error?.message === error.message;
    this.#error = error;
    if (isForced) this.#failures++;
    if (isLogged) return;
    this.#options.logger.error("Cannot use the new web configuration: the previous one stays active", {
      error: error.message,
    });
  }
}

function load({ path, readTextFile, clock, isTlsFull }: SecurityFileOptions): Promise<WebSecurity> {
  return loadWebSecurity(path, { readTextFile, wallNow: clock.wall(), isTlsFull });
}

/** A port cannot switch between TLS and plain HTTP while it is in use. */
function checkSwitch(
  before: WebSecurity,
  { security, path }: { readonly security: WebSecurity; readonly path: string },
): void {
  if ((before.tls === null) === (security.tls === null)) return;
  const change = security.tls === null ? "disables" : "enables";
  throw new ConfigError([`${path}: It ${change} TLS: that needs a restart`]);
}

/** Fingerprints of files, of missing ones too; those taken `before` reading have precedence. */
async function fingerprintsOf(
  files: readonly string[],
  fingerprint: Fingerprint,
  before: ReadonlyMap<string, string> = new Map(),
): Promise<ReadonlyMap<string, string>> {
  const prints = files.map(async (file) =>
    [file, before.get(file) ?? await fingerprint(file).catch(() => "missing")] as const
  );
  return new Map(await Promise.all(prints));
}
