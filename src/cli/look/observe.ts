/**
 * Looks at the servers from here, once or as often as is wanted: what every command does that runs without an exporter.
 *
 * @module
 */
import type { Collector } from "../../collectors/collector.ts";
import type { Config } from "../../config/config.ts";
import type { Logger } from "../../domain/log.ts";
import type { View } from "../../domain/view.ts";
import { CollectionService } from "../../scrape/collection_service.ts";
import { BUILD } from "../build_info.ts";
import type { CommandContext } from "../context.ts";

/** How long servers are observed when nothing else is said: enough ticks for a lag in seconds and for rates, seconds. */
export const DEFAULT_SAMPLE_SECONDS = 3;

/** How often it is looked whether there is something, seconds. */
const LOOK_SECONDS = 0.1;

/** How long sessions may take to say goodbye, milliseconds. */
const GOODBYE_MS = 400;

/** How far an observation is. */
export interface ObservationProgress {
  /** Seconds since it began. */
  readonly seconds: number;
  /** Servers that were tried at least once, with success or without; null before all were. */
  readonly view: View | null;
}

/** How to observe. */
export interface ObserveOptions {
  /** The process around. */
  readonly context: CommandContext;
  /** Where changes of state are told. */
  readonly logger: Logger;
  /** Every collector there is; the configuration says which run. */
  readonly collectors: readonly Collector[];
  /** How long to sample after every server was tried once, seconds. */
  readonly sampleSeconds?: number;
  /** Told about ten times a second while the first view is waited for. */
  readonly onProgress?: (progress: ObservationProgress) => void;
}

/** Servers that are being watched. */
export interface Observation extends AsyncDisposable {
  /** What watches them. */
  readonly service: CollectionService;
  /**
   * What is known: at the first call after every server was tried and its positions were sampled long enough, later at
   * once; facts of servers that are up are no older than `collect.max-age`.
   *
   * @param signal Ends the wait.
   * @throws The signal's reason.
   */
  read(signal?: AbortSignal): Promise<View>;
}

/**
 * Begins to watch all servers of a configuration; nothing is written anywhere.
 *
 * @param config What to watch.
 * @param options How.
 * @returns The observation: dispose it to end the sessions.
 */
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
      if (view !== null) sampledFrom ??= now;
      if (sampledFrom !== null && now - sampledFrom >= sampleSeconds) return;
      await clock.sleep(LOOK_SECONDS, signal);
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
    [Symbol.asyncDispose]: () => service.close(AbortSignal.timeout(GOODBYE_MS)),
  };
}
