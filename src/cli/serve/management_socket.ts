import type { Logger } from "../../domain/log.ts";
import type { App } from "../../web/handler.ts";
import { listenOnSocket, SocketError } from "../../web/management/socket.ts";

/** The default path, in the directory that systemd creates for `RuntimeDirectory=pg-replication-exporter`. */
export const DEFAULT_SOCKET = "/run/pg-replication-exporter/ctl.sock";

/** The value of the flag for no socket. */
const NO_SOCKET = "none";

/** A management socket, or none. */
export interface ManagementSocket {
  /** Its path; null when there is none. */
  readonly path: string | null;
  /** Settles when it is closed. */
  readonly finished: Promise<void>;
}

/**
 * Opens the management socket.
 *
 * @param app Answers every request.
 * @param options `path`: `none` for no socket, null for the default one if it is available; `signal` closes it.
 * @returns null when the socket at an explicit path cannot be opened; the log has the reason.
 */
export async function openManagementSocket(
  app: App,
  options: { readonly path: string | null; readonly signal: AbortSignal; readonly logger: Logger },
): Promise<ManagementSocket | null> {
  const { path, signal, logger } = options;
  const none = { path: null, finished: Promise.resolve() };
  if (path === NO_SOCKET || (path === null && Deno.build.os === "windows")) return none;
  const wanted = path ?? DEFAULT_SOCKET;
  try {
    const { finished } = await listenOnSocket(app, { path: wanted, signal });
    logger.info("Listening for ctl", { socket: wanted });
    return { path: wanted, finished };
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    if (path !== null) {
      logger.error(error.message);
      return null;
    }
    if (error.isUnavailable) logger.debug("Management socket not available", { reason: error.message });
    else logger.warn("Management socket not available", { reason: error.message });
    return none;
  }
}
