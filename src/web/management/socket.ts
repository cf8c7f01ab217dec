import type { App } from "../handler.ts";

/** A management socket that cannot be listened on. */
export class SocketError extends Error {
  /** Class name, for logs. */
  override readonly name = "SocketError";
  /** Whether the directory is not there, or not ours to write to. */
  readonly isUnavailable: boolean;

  /** Describes the failure. */
  constructor(message: string, options: { readonly isUnavailable: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.isUnavailable = options.isUnavailable;
  }
}

/**
 * Serves an app over HTTP/1.1 on a Unix socket that only our own user, and root, can connect to.
 *
 * It is bound in a directory that nobody else can enter, given its mode there and then moved to its place, so that there
 * is no moment at which it is open to others. One that a dead process left behind is replaced.
 *
 * @param app Answers every request.
 * @param options `path` of the socket; `signal` ends it, and the socket is gone.
 * @returns Settles when it has ended.
 * @throws {SocketError} When it cannot be had.
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
      `Cannot listen on ${path}: ${reasonOf(error, directory)}`,
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
    const reason = error instanceof Error ? error.message : String(error);
    throw new SocketError(
      `Cannot listen on ${path}: ${reason}; choose a shorter path or another directory with --management.socket`,
      { isUnavailable: false, cause: error },
    );
  } finally {
    await Deno.remove(hidden, { recursive: true }).catch(() => {});
  }
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const finished = aborted.then(async () => {
    await Deno.remove(path).catch(() => {});
    await server.shutdown();
  });
  return { finished };
}

/** A socket on which somebody answers is theirs, and what is no socket at all is never removed. */
async function refuseTaken(path: string): Promise<void> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.lstat(path);
  } catch {
    return; // Not there, or its directory is not: that shows next.
  }
  if (info.isSocket === false || (info.isSocket === null && (info.isFile || info.isDirectory))) {
    throw new SocketError(`Cannot listen on ${path}: something else has that name; choose another path`, {
      isUnavailable: false,
    });
  }
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) return;
  }
  throw new SocketError(
    `Cannot listen on ${path}: another exporter does; stop it, or give this one a path of its own with ` +
      "--management.socket",
    { isUnavailable: false },
  );
}

function reasonOf(error: unknown, directory: string): string {
  if (error instanceof Deno.errors.NotFound) return `there is no directory ${directory}; make it, mode 0700`;
  if (error instanceof Deno.errors.NotCapable) {
    return `the program may not write to ${directory}; choose a path in /run/pg-replication-exporter`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `the directory ${directory} cannot be written to; give it to the user that runs the exporter`;
  }
  return error instanceof Error ? error.message : String(error);
}
