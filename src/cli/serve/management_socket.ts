import type { Logger } from "../../domain/log.ts";
import type { App } from "../../web/handler.ts";
import { listenOnSocket, SocketError } from "../../web/management/socket.ts";

/** Where the socket is unless told otherwise: what systemd makes for `RuntimeDirectory=pg-replication-exporter`. */
export const DEFAULT_SOCKET = "/run/pg-replication-exporter/ctl.sock";

/** What is said for no socket at all. */
const NO_SOCKET = "none";

/** A management socket, or none. */
export interface ManagementSocket {
  /** Where; null when there is none. */
  readonly path: string | null;
  /** Settles when it has ended. */
  readonly finished: Promise<void>;
}

/**
 * Opens the management socket.
 *
 * @param app Answers every request.
 * @param options `path`: null for the usual one, when that can be had, `none` for none; `signal` ends it.
 * @returns null when one was asked for by name and cannot be had: the log says why.
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
    logger.info("Listening to ctl", { socket: wanted });
    return { path: wanted, finished };
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    if (path !== null) {
      logger.error(error.message);
      return null;
    }
    if (error.isUnavailable) logger.debug("There is no management socket", { reason: error.message });
    else logger.warn("There is no management socket", { reason: error.message });
    return none;
  }
}
