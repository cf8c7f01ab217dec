/**
 * `serve`: combines the parts with what a long-running process needs: signals, reload, management, systemd.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { idleSettings } from "../../config/idle_settings.ts";
import { formatListenAddress } from "../../config/listen_address.ts";
import { isSameValue } from "../../config/same_value.ts";
import { CollectionService } from "../../scrape/collection_service.ts";
import { ProbePool } from "../../scrape/probe/probe_pool.ts";
import { StateFile } from "../../scrape/state_file.ts";
import { createApp } from "../../web/app.ts";
import type { App } from "../../web/handler.ts";
import { listen, ListenError, type Listening } from "../../web/listen.ts";
import { createManagementApi, type Management } from "../../web/management/api.ts";
import { withManagement, withOwnManagement } from "../../web/management/gate.ts";
import { NO_SECURITY } from "../../web/security/security.ts";
import { secureApp } from "../../web/security/secure_app.ts";
import { BUILD } from "../build_info.ts";
import type { Invocation } from "../command.ts";
import { SESSION_CLOSE_MS } from "../context.ts";
import { type SwitchableLogger, switchableLogger } from "../log.ts";
import { errorStack } from "../report_error.ts";
import { createManagement } from "./management.ts";
import { openManagementSocket } from "./management_socket.ts";
import { changedParts, needsRestart } from "./management_status.ts";
import { openProbeService } from "./probe_service.ts";
import { type AppliedConfig, CONFIG_REJECTED, Reloader } from "./reloader.ts";
import { listenToSignals } from "./signals.ts";
import { returnSpareMemory } from "./spare_memory.ts";
import { openSystemdNotify } from "./systemd_notify.ts";
import { warmUp } from "./warm_up.ts";
import { exposureWarnings, knowsClients, openWebSecurity, ownNames } from "./web_security.ts";

/**
 * Serves until SIGTERM or SIGINT, then finishes the requests in flight and closes its sessions; a second signal stops it
 * immediately. SIGHUP reloads the configuration.
 *
 * @returns 0 after an orderly shutdown, 1 when it cannot listen or after a second signal.
 */
export async function serve(invocation: Invocation): Promise<number> {
  const { collectors, context } = invocation;
  const { clock } = context;
  const started = await invocation.readConfig();
  const logger = switchableLogger(invocation.createLogger(started));
  const securityFile = await openWebSecurity(started, { context, logger });
  const security = () => securityFile?.current ?? NO_SECURITY;
  const signals = listenToSignals({ context, logger });
  const parts = {
    collectors,
    clock,
    random: Math.random,
    logger,
    build: BUILD,
    readTextFile: (path: string) => context.readTextFile(path),
  };
  const service = new CollectionService({
    ...parts,
    config: started,
    ...stateFileOf(started, { invocation, logger }),
  });
  const pool = new ProbePool({
    clock,
    open: (servers) => openProbeService(servers, { ...parts, config: () => config }),
  });
  const onError = (error: unknown, request: Request) =>
    logger.error("Failed to answer a request; please report this", {
      method: request.method,
      // Without the query, which may contain anything.
      path: new URL(request.url).pathname,
      error: errorStack(error),
    });
  const makeApp = (config: Config) =>
    new ServedApp(config, { service, pool, invocation, signal: signals.first, onError });
  let config = started;
  let served = makeApp(config);
  const systemd = await openSystemdNotify({ context, logger, isLive: () => service.isLive });
  const apply = async (next: Config): Promise<AppliedConfig> => {
    await securityFile?.check({ isForced: true });
    if (securityFile?.error) throw securityFile.error;
    const { added, changed, removed } = await service.reconfigure(next);
    const changes = [
      ...added.map((name) => `server "${name}" added`),
      ...changed.map((name) => `server "${name}" changed`),
      ...removed.map((name) => `server "${name}" removed`),
      ...changedParts(config, next).map((name) => `${name} changed`),
    ];
    config = next;
    logger.use(invocation.createLogger(next));
    if (!served.isFor(next)) {
      served.end();
      served = makeApp(next);
    }
    return { changes, needsRestart: needsRestart(started, next) };
  };
  const reloader = new Reloader({
    read: async () => {
      await systemd.reloading();
      return await invocation.readConfig();
    },
    apply,
    clock,
    logger,
    onOutcome: ({ successful }) => {
      service.noteReload(successful);
      systemd.ready(successful ? describeServers(config) : CONFIG_REJECTED);
    },
  });
  signals.onReload(() => void reloader.reload("SIGHUP"));
  let listening: Listening | null = null;
  let socketPath: string | null = null;
  const management: Management = createManagement({
    service,
    reloader,
    clock,
    config: () => config,
    listening: () => listening?.addresses ?? [],
    socketPath: () => socketPath,
    security: () => ({ ...security(), problems: securityFile?.error?.problems ?? [] }),
    setLogLevel: (level) => {
      logger.use(invocation.createLogger({ ...config, log: { ...config.log, level } }));
      logger.info("Log level changed until the next reload", { level });
    },
    shutdown: (by) => signals.end(by),
  });
  const guarded = secureApp(
    withManagement((request) => served.answer(request), {
      api: createManagementApi(management, { by: "http", onError }),
      state: () => ({
        isEnabled: config.web.enableManagement ?? false,
        allowsPlain: config.web.allowPlainManagement ?? false,
        hasTls: security().tls !== null,
        knowsClients: knowsClients(security()),
        ownNames: ownNames(config),
      }),
    }),
    {
      security,
      clock,
      compare: async (password, hash) => await (await bcrypt()).compare(password, hash),
      onError,
    },
  );
  try {
    logger.info("Starting pg-replication-exporter", { ...BUILD, servers: config.servers.length });
    const api = createManagementApi(management, { by: "ctl", onError });
    const socket = await openManagementSocket(withOwnManagement((request) => served.answer(request), api), {
      path: config.managementSocket ?? null,
      signal: signals.first,
      logger,
    });
    if (socket === null) return 1;
    socketPath = socket.path;
    listening = await tryListen(guarded, {
      addresses: config.web.listenAddresses,
      signal: signals.first,
      tls: security().tls,
      onError: (error) => logger.error("Cannot accept connections", { error: errorStack(error) }),
      onRefusedClient: (reason) => logger.debug(reason),
    }, logger);
    if (listening === null) {
      signals.end(null);
      await socket.finished;
      return 1;
    }
    const { addresses, finished } = listening;
    securityFile?.onChange(({ tls }) => tls && listening?.setTls(tls));
    await service.restore();
    service.start();
    for (const address of addresses) {
      logger.info("Listening", {
        address: formatListenAddress(address),
        path: config.web.telemetryPath,
        tls: security().tls !== null,
      });
    }
    for (const warning of [...exposureWarnings(addresses, security()), ...idleSettings(config)]) {
      logger.warn(warning);
    }
    await systemd.ready(describeServers(config));
    const background = Promise.all([
      securityFile?.follow(signals.first),
      systemd.keepAlive(signals.first),
      warmUp((request) => served.answer(request), {
        paths: [config.web.telemetryPath, "/"],
        address: security().tls === null ? addresses[0] ?? null : null,
        clock,
        signal: signals.first,
      }).then(() => returnSpareMemory(signals.first, { clock })),
    ]);
    signals.first.addEventListener("abort", () => void systemd.stopping(), { once: true });
    const ended = Promise.all([finished, socket.finished, background])
      .then(() => service.close(AbortSignal.timeout(SESSION_CLOSE_MS)));
    const isOrderly = await Promise.race([ended.then(() => true), signals.second.then(() => false)]);
    logger.info(isOrderly ? "Stopped" : "Stopped immediately");
    return isOrderly ? 0 : 1;
  } finally {
    await pool.close(AbortSignal.timeout(SESSION_CLOSE_MS));
    await systemd.close();
    signals.release();
  }
}

/** The app for one configuration. */
class ServedApp {
  readonly answer: App;
  readonly #config: unknown;
  readonly #end = new AbortController();

  constructor(config: Config, { service, pool, invocation, signal, onError }: {
    readonly service: CollectionService;
    readonly pool: ProbePool;
    readonly invocation: Invocation;
    readonly signal: AbortSignal;
    readonly onError: (error: unknown, request: Request) => void;
  }) {
    const fromConfig = appOptionsOf(config);
    this.#config = fromConfig;
    this.answer = createApp({
      ...fromConfig,
      scraper: service,
      pool,
      clock: invocation.context.clock,
      version: BUILD.version,
      revision: BUILD.revision,
      signal: AbortSignal.any([signal, this.#end.signal]),
      onError,
    });
  }

  /** Whether another configuration needs the same app, which then stays with its state. */
  isFor(config: Config): boolean {
    return isSameValue(this.#config, appOptionsOf(config));
  }

  /** Ends its event streams. */
  end(): void {
    this.#end.abort();
  }
}

/** The part of the configuration that the app depends on. */
function appOptionsOf({ web, report, probe = null }: Config) {
  const { telemetryPath, maxRequests } = web;
  return { telemetryPath, maxRequests, probe, ...(report ? { thresholds: report } : {}) };
}

/** The status line for systemd. */
function describeServers({ servers }: Config): string {
  return `Watching ${servers.length} ${servers.length === 1 ? "server" : "servers"}`;
}

function stateFileOf(
  { stateFile: path }: Config,
  { invocation: { context }, logger }: { readonly invocation: Invocation; readonly logger: SwitchableLogger },
): { readonly stateFile?: StateFile } {
  const { clock, stateFiles: files } = context;
  return path ? { stateFile: new StateFile({ path, files, clock, logger }) } : {};
}

/** bcrypt is loaded with the first login. */
async function bcrypt() {
  return (await import("bcryptjs")).default;
}

async function tryListen(
  app: App,
  options: Parameters<typeof listen>[1],
  logger: SwitchableLogger,
): Promise<Listening | null> {
  try {
    return await listen(app, options);
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    logger.error(error.message, { address: formatListenAddress(error.address) });
    return null;
  }
}
