/**
 * The file that keeps the lag clock's history over a restart.
 *
 * @module
 */
import { formatLagState, parseLagState, type SavedTrack } from "../cluster/lag/lag_state.ts";
import type { Clock } from "../domain/clock.ts";
import type { Logger } from "../domain/log.ts";

/** What the file needs of a file system. */
export interface StateFileSystem {
  /** Reads a whole file; null when there is none. */
  read(path: string): Promise<string | null>;
  /** Writes a whole file, readable and writable by its owner only, and syncs it. */
  write(path: string, text: string): Promise<void>;
  /** Renames a file, replacing any file of that name. */
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
  /** Log of errors. */
  readonly logger: Logger;
}

/** Seconds between two writes. */
export const STATE_WRITE_SECONDS = 30;

/** Keeps the lag clock's history in a file; an error is logged once and never stops the exporter. */
export class StateFile {
  readonly #options: StateFileOptions;
  #failed = false;

  /** Touches nothing yet. */
  constructor(options: StateFileOptions) {
    this.#options = options;
  }

  /** Reads the history; a damaged file is renamed to `FILE.damaged`, and the history starts empty. */
  async read(): Promise<readonly SavedTrack[]> {
    const { path, files, clock, logger } = this.#options;
    let text: string | null;
    try {
      text = await files.read(path);
    } catch (error) {
      logger.error("Cannot read the state file; the lag history starts empty", {
        file: path,
        error: messageOf(error),
      });
      return [];
    }
    if (text === null) return [];
    try {
      const now = clock.monotonic();
      const tracks = parseLagState(text, { wallOffsetSeconds: clock.wall() - now, now });
      logger.info("Read the lag history of the previous run", { file: path, tracks: tracks.length });
      return tracks;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      await this.#setAside(error);
      return [];
    }
  }

  /**
   * Writes the history to a file beside it and renames that, so that the file is complete at any moment.
   *
   * @param tracks The history.
   */
  async write(tracks: readonly SavedTrack[]): Promise<void> {
    const { path, files, clock, logger } = this.#options;
    try {
      await files.write(`${path}.new`, formatLagState(tracks, clock.wall() - clock.monotonic()));
      await files.rename(`${path}.new`, path);
      if (this.#failed) logger.info("The state file is written again", { file: path });
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) {
        logger.error("Cannot write the state file; lag will be unknown for a while after a restart", {
          file: path,
          error: messageOf(error),
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
      logger.error("The state file is damaged and was set aside; the lag history starts empty", {
        ...fields,
        set_aside: `${path}.damaged`,
      });
    } catch (error) {
      logger.error("The state file is damaged and cannot be set aside; the lag history starts empty", {
        ...fields,
        set_aside_error: messageOf(error),
      });
    }
  }
}

function messageOf(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return "This program may write only below /var/lib/pg-replication-exporter: put the file there";
  }
  return error instanceof Error ? error.message : String(error);
}
