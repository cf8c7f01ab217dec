import type { Config } from "../config/config.ts";
import { formatListenAddress } from "../config/listen_address.ts";
import { CollectionService } from "../scrape/collection_service.ts";
import type { Logger } from "../domain/log.ts";
import { StateFile } from "../scrape/state_file.ts";
import { createApp } from "../web/app.ts";
import { listen, ListenError, type Listening } from "../web/listen.ts";
import { BUILD } from "./build_info.ts";
import type { Invocation } from "./command.ts";
import type { CommandContext } from "./context.ts";

/** How long sessions may take to say goodbye, milliseconds; with the answers in flight it stays below 2 s. */
const GOODBYE_MS = 400;

/** What `serve` gets besides the configuration. */
interface ServeContext extends CommandContext {
  readonly logger: Logger;
}

/**
 * Serves until SIGTERM or SIGINT: then it finishes the answers in flight and ends its sessions; a second signal ends it
 * at once.
 *
 * @param invocation What to watch, where to listen, and the process around it.
 * @returns 0 after an orderly end, 1 when it could not listen or was told twice.
 */
export async function serve(invocation: Invocation): Promise<number> {
  const { collectors } = invocation;
  const config = await invocation.readConfig();
  const logger = invocation.createLogger(config);
  const context: ServeContext = { ...invocation.context, logger };
  const signals = listenToSignals(context);
  const service = new CollectionService({
    config,
    collectors,
    clock: context.clock,
    random: Math.random,
    logger,
    build: BUILD,
    readTextFile: (path) => context.readTextFile(path),
    ...stateFileOf(config, context),
  });
  const app = createApp({
    scraper: service,
    telemetryPath: config.web.telemetryPath,
    maxRequests: config.web.maxRequests,
    ...(config.report ? { thresholds: config.report } : {}),
    clock: context.clock,
    version: BUILD.version,
    revision: BUILD.revision,
    signal: signals.first,
    onError: (error, request) =>
      logger.error("Failed to answer a request; please report this", {
        method: request.method,
        url: request.url,
        error: error instanceof Error ? error.stack ?? error.message : String(error),
      }),
  });
  try {
    logger.info("Starting pg-replication-exporter", { ...BUILD, servers: config.servers.length });
    const listening = await tryListen(() =>
      listen(app, {
        addresses: config.web.listenAddresses,
        signal: signals.first,
        onError: (error) =>
          logger.error("Cannot accept connections", {
            error: error instanceof Error ? error.message : String(error),
          }),
      }), context);
    if (listening === null) return 1;
    await service.restore();
    service.start();
    for (const address of listening.addresses) {
      logger.info("Listening", { address: formatListenAddress(address), path: config.web.telemetryPath });
    }
    const ended = listening.finished.then(() => service.close(AbortSignal.timeout(GOODBYE_MS)));
    const told = await Promise.race([ended.then(() => "once"), signals.second.then(() => "twice")]);
    logger.info(told === "once" ? "Stopped" : "Stopped at once");
    return told === "once" ? 0 : 1;
  } finally {
    signals.release();
  }
}

function stateFileOf(
  { stateFile: path }: Config,
  { clock, logger, stateFiles: files }: ServeContext,
): { readonly stateFile?: StateFile } {
  return path ? { stateFile: new StateFile({ path, files, clock, logger }) } : {};
}

async function tryListen(
  start: () => Listening | Promise<Listening>,
  { logger }: ServeContext,
): Promise<Listening | null> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    logger.error(error.message, { address: formatListenAddress(error.address) });
    return null;
  }
}

interface Signals {
  /** Aborts with the first signal. */
  readonly first: AbortSignal;
  /** Resolves with the second. */
  readonly second: Promise<void>;
  release(): void;
}

function listenToSignals(context: ServeContext): Signals {
  const controller = new AbortController();
  const { promise: second, resolve } = Promise.withResolvers<void>();
  const stops = (["SIGINT", "SIGTERM"] as const).map((name) =>
    context.onSignal(name, () => {
      if (controller.signal.aborted) return resolve();
      context.logger.info("Stopping", { signal: name });
      controller.abort();
    })
  );
  return { first: controller.signal, second, release: () => stops.forEach((stop) => stop()) };
}
