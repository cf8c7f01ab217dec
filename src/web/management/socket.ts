import type { App } from "../handler.ts";
import { untilAborted } from "../listen.ts";
import { errorMessage } from "../../domain/thrown.ts";

/** The exporter cannot listen on the management socket. */
export class SocketError extends Error {
  /** Class name, for logs. */
  override readonly name = "SocketError";
  /** Whether the directory does not exist, or is not writable. */
  readonly isUnavailable: boolean;

  /** Describes the failure. */
  constructor(message: string, options: { readonly isUnavailable: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.isUnavailable = options.isUnavailable;
  }
}

/**
 * Serves an app over HTTP/1.1 on a Unix socket that only our own user and root can connect to.
 *
 * The socket is bound in a private directory, gets its mode there and is then moved to its path, so that it is never open
 * to others. A socket left behind by a dead process is replaced.
 *
 * @param app Answers every request.
 * @param options `path` of the socket; `signal` stops the server and removes the socket.
 * @returns `finished` settles when the server has stopped.
 * @throws {SocketError} When the socket cannot be created.
 */
export async function listenOnSocket(
  app: App,
  options: { readonly path: string; readonly signal: AbortSignal },
): Promise<{ readonly finished: Promise<void> }> {
  const { path, signal } = options;
  await refuseTaken(path);
  const directory = path.replace(/[^/]*$/, "") || "./";
  let hidden: string;
  try {
    hidden = await Deno.makeTempDir({ dir: directory, prefix: ".ctl" });
  } catch (error) {
    throw new SocketError(
      `Cannot listen on ${path}: ${explainDirectoryError(error, directory)}`,
      { isUnavailable: true, cause: error },
    );
  }
  let server: Deno.HttpServer;
  try {
    await Deno.chmod(hidden, 0o700);
    server = Deno.serve({ path: `${hidden}/s`, onListen: () => {} }, app);
    await Deno.chmod(`${hidden}/s`, 0o600);
    await Deno.rename(`${hidden}/s`, path);
  } catch (error) {
    const reason = errorMessage(error);
    throw new SocketError(
      `Cannot listen on ${path}: ${reason}; choose a shorter path or another directory with --management.socket`,
      { isUnavailable: false, cause: error },
    );
  } finally {
    await Deno.remove(hidden, { recursive: true }).catch(() => {});
  }
  const finished = untilAborted(signal).then(async () => {
    await Deno.remove(path).catch(() => {});
    await server.shutdown();
  });
  return { finished };
}

/** Refuses a socket on which a process listens, and any other file. */
async function refuseTaken(path: string): Promise<void> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.lstat(path);
  } catch {
    return; // It does not exist; a missing directory is reported next.
  }
  if (info.isSocket === false || (info.isSocket === null && (info.isFile || info.isDirectory))) {
    throw new SocketError(`Cannot listen on ${path}: the path is not a socket; choose another one`, {
      isUnavailable: false,
    });
  }
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) return;
  }
  throw new SocketError(
    `Cannot listen on ${path}: another exporter does; stop it, or set another path for this one with ` +
      "--management.socket",
    { isUnavailable: false },
  );
}

function explainDirectoryError(error: unknown, directory: string): string {
  if (error instanceof Deno.errors.NotFound) {
    return `the directory ${directory} does not exist; create it with mode 0700`;
  }
  if (error instanceof Deno.errors.NotCapable) {
    return `the program is not allowed to write to ${directory}; choose a path in /run/pg-replication-exporter`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `the directory ${directory} is not writable; make the exporter's user its owner`;
  }
  return errorMessage(error);
}
