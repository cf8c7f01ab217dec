import type { Config, ListenAddress } from "../../config/config.ts";
import { formatListenAddress } from "../../config/listen_address.ts";
import type { Clock } from "../../domain/clock.ts";
import type { View } from "../../domain/view.ts";
import type { LogLevel, Management } from "../../web/management/api.ts";
import type { WebSecurity } from "../../web/security/security.ts";
import { BUILD } from "../build_info.ts";
import { plainConfig, serverStatuses } from "./management_status.ts";
import type { Reloader } from "./reloader.ts";

/** Delay between the response and the shutdown, seconds. */
const SHUTDOWN_DELAY_SECONDS = 0.1;

/** What management needs. */
export interface ManagementOptions {
  /** Has the view. */
  readonly service: { view(): View | null };
  /** Reloads the configuration. */
  readonly reloader: Pick<Reloader, "reload" | "last">;
  /** Time. */
  readonly clock: Clock;
  /** The configuration in use. */
  readonly config: () => Config;
  /** Addresses it listens on. */
  readonly listening: () => readonly ListenAddress[];
  /** Path of the management socket; null when there is none. */
  readonly socketPath: () => string | null;
  /** The security in use, and the problems of a newer file. */
  readonly security: () => Pick<WebSecurity, "tls" | "users"> & { readonly problems: readonly string[] };
  /** Changes the log level. */
  readonly setLogLevel: (level: LogLevel) => void;
  /** Shuts the process down. */
  readonly shutdown: (by: string) => void;
}

/** What operators can request of this process. */
export function createManagement(options: ManagementOptions): Management {
  const { service, reloader, clock } = options;
  const [startedAt, startedWall] = [clock.monotonic(), clock.wall()];
  let level: LogLevel | null = null;
  let levelSetAfter = reloader.last;
  const levelNow = () =>
    level !== null && levelSetAfter === reloader.last ? level : options.config().log.level;
  return {
    ping: () => ({ ...BUILD, pid: Deno.pid }),
    status() {
      const { tls, users, problems } = options.security();
      return {
        ...BUILD,
        pid: Deno.pid,
        started_at: new Date(startedWall * 1000).toISOString(),
        uptime_seconds: Math.round(clock.monotonic() - startedAt),
        log_level: levelNow(),
        listening: options.listening().map(formatListenAddress),
        management_socket: options.socketPath(),
        web: {
          tls: tls !== null,
          client_auth: tls?.clientAuth ?? "NoClientCert",
          users: users.size,
          problems,
        },
        servers: serverStatuses(service.view()),
        last_reload: reloader.last,
      };
    },
    config: () => plainConfig(options.config()),
    reload: (by) => reloader.reload(by),
    setLogLevel(next) {
      level = next;
      levelSetAfter = reloader.last;
      options.setLogLevel(next);
    },
    shutdown() {
      clock.sleep(SHUTDOWN_DELAY_SECONDS).then(() => options.shutdown("management"));
    },
  };
}
