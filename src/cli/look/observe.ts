/**
 * Commands that look at servers once or repeatedly, without a running exporter or by asking one.
 *
 * @module
 */
import type { Collector } from "../../collectors/collector.ts";
import type { Config } from "../../config/config.ts";
import type { Logger } from "../../domain/log.ts";
import type { View } from "../../domain/view.ts";
import { CollectionService } from "../../scrape/collection_service.ts";
import { BUILD } from "../build_info.ts";
import { type CommandContext, SESSION_CLOSE_MS } from "../context.ts";

/** Default time for sampling positions: enough samples for the lag and for rates, seconds. */
export const DEFAULT_SAMPLE_SECONDS = 3;

/** After this much longer, seconds, databases that were not read yet are left out. */
const DATABASES_PATIENCE_SECONDS = 10;

/** Interval of checking for the first view, seconds. */
const VIEW_POLL_SECONDS = 0.1;

/** Progress of an observation. */
export interface ObservationProgress {
  /** Seconds since it began. */
  readonly seconds: number;
  /** The view; null before every server has been tried once. */
  readonly view: View | null;
}

/** Options of {@linkcode observeServers}. */
export interface ObserveOptions {
  /** The process. */
  readonly context: CommandContext;
  /** Logs changes of state. */
  readonly logger: Logger;
  /** Every collector; the configuration selects those that run. */
  readonly collectors: readonly Collector[];
  /** How long to sample positions after every server has been tried once, seconds. */
  readonly sampleSeconds?: number;
  /** Called about ten times a second until the first view. */
  readonly onProgress?: (progress: ObservationProgress) => void;
}

/** Servers that are being watched; disposing it closes the sessions. */
export interface Observation extends AsyncDisposable {
  /** Watches them. */
  readonly service: CollectionService;
  /**
   * The view. The first call waits until every server has been tried, discovered ones included, and positions have been
   * sampled long enough; facts
   * of servers that are up are never older than `collect.max-age`.
   *
   * @throws The reason of `signal`, which ends the wait.
   */
  read(signal?: AbortSignal): Promise<View>;
}

/** Starts to watch all servers of a configuration; it writes no files. */
export function observeServers(config: Config, options: ObserveOptions): Observation {
  const { context: { clock, readTextFile }, sampleSeconds = DEFAULT_SAMPLE_SECONDS, onProgress } = options;
  const service = new CollectionService({
    config,
    collectors: options.collectors,
    clock,
    random: Math.random,
    logger: options.logger,
    build: BUILD,
    readTextFile: (path) => readTextFile(path),
  });
  const startedAt = clock.monotonic();
  service.start();
  let sampledFrom: number | null = null;
  const sampled = async (signal: AbortSignal | undefined) => {
    for (;;) {
      signal?.throwIfAborted();
      const now = clock.monotonic();
      const view = service.view();
      onProgress?.({ seconds: now - startedAt, view });
      if (view !== null && service.hasDiscovered) sampledFrom ??= now;
      const waited = sampledFrom === null ? -Infinity : now - sampledFrom;
      if (waited >= sampleSeconds && service.hasReadDatabases) return;
      if (waited >= sampleSeconds + DATABASES_PATIENCE_SECONDS) return;
      await clock.sleep(VIEW_POLL_SECONDS, signal);
    }
  };
  let isSampled = false;
  return {
    service,
    read: async (signal) => {
      if (!isSampled) await sampled(signal);
      isSampled = true;
      await service.scrape();
      signal?.throwIfAborted();
      const view = service.view({ maxAgeSeconds: 0 });
      if (view === null) throw new Error("No view although every server was tried: please report this");
      return view;
    },
    [Symbol.asyncDispose]: () => service.close(AbortSignal.timeout(SESSION_CLOSE_MS)),
  };
}
