/**
 * The file that keeps the lag clock's history and the names of discovered servers across restarts.
 *
 * @module
 */
import { formatLagState, parseLagState, type SavedTrack } from "../cluster/lag/lag_state.ts";
import type { Clock } from "../domain/clock.ts";
import type { Logger } from "../domain/log.ts";
import { errorMessage } from "../domain/thrown.ts";

/** The file system operations it needs. */
export interface StateFileSystem {
  /** Reads a file; null when there is none. */
  read(path: string): Promise<string | null>;
  /** Writes a file, readable and writable by its owner only, and flushes it to disk. */
  write(path: string, text: string): Promise<void>;
  /** Renames a file, replacing the one with the new name. */
  rename(from: string, to: string): Promise<void>;
}

/** What a state file needs. */
export interface StateFileOptions {
  /** Its path. */
  readonly path: string;
  /** The file system. */
  readonly files: StateFileSystem;
  /** Time. */
  readonly clock: Clock;
  /** Log for errors. */
  readonly logger: Logger;
}

/** Seconds between two writes. */
export const STATE_WRITE_SECONDS = 30;

const RESTART = "the lag history starts again now";

/** Keeps the lag clock's history in a file; errors are logged once and never stop the exporter. */
export class StateFile {
  /** Names of discovered servers, by a key of discovery: filled by `read`, kept by `write`. */
  readonly names = new Map<string, string>();
  readonly #options: StateFileOptions;
  #failed = false;

  /** Does not access the file yet. */
  constructor(options: StateFileOptions) {
    this.#options = options;
  }

  /** Reads the history; a damaged file is renamed to `FILE.damaged`, and the history starts again. */
  async read(): Promise<readonly SavedTrack[]> {
    const { path, files, clock, logger } = this.#options;
    let text: string | null;
    try {
      text = await files.read(path);
    } catch (error) {
      logger.error(`Cannot read the state file; ${RESTART}`, { file: path, error: describeError(error) });
      return [];
    }
    if (text === null) return [];
    try {
      const now = clock.monotonic();
      const { tracks, names } = parseLagState(text, { wallOffsetSeconds: clock.wall() - now, now });
      for (const [key, name] of names) this.names.set(key, name);
      logger.info("Restored the lag history from the state file", { file: path, tracks: tracks.length });
      return tracks;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      await this.#setAside(error);
      return [];
    }
  }

  /** Writes the history to a temporary file and renames it, so that the state file is complete at any moment. */
  async write(tracks: readonly SavedTrack[]): Promise<void> {
    const { path, files, clock, logger } = this.#options;
    try {
      await files.write(
        `${path}.new`,
        formatLagState({ tracks, names: this.names }, clock.wall() - clock.monotonic()),
      );
      await files.rename(`${path}.new`, path);
      if (this.#failed) logger.info("The state file can be written again", { file: path });
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) {
        logger.error("Cannot write the state file; lag will be unknown for a while after a restart", {
          file: path,
          error: describeError(error),
        });
      }
      this.#failed = true;
    }
  }

  async #setAside(damage: SyntaxError): Promise<void> {
    const { path, files, logger } = this.#options;
    const fields = { file: path, error: damage.message };
    try {
      await files.rename(path, `${path}.damaged`);
      logger.error(`The state file is damaged and was renamed; ${RESTART}`, {
        ...fields,
        set_aside: `${path}.damaged`,
      });
    } catch (error) {
      logger.error(`The state file is damaged and cannot be renamed; ${RESTART}`, {
        ...fields,
        set_aside_error: describeError(error),
      });
    }
  }
}

function describeError(error: unknown): string {
  return error instanceof Deno.errors.NotCapable
    ? "The exporter may write only below /var/lib/pg-replication-exporter: put the file there"
    : errorMessage(error);
}
