import { explainFetchError } from "../fetch_advice.ts";
import { errorMessage } from "../../domain/thrown.ts";
import type { CtlTarget } from "./ctl_target.ts";

/** Deadline for a response, milliseconds: a reload tries new servers first. */
const RESPONSE_MS = 60_000;

/** No exporter responds: what was tried, and what to do. */
export class UnreachableError extends Error {
  /** Class name, for logs. */
  override readonly name = "UnreachableError";
}

/** The response of an exporter. */
export interface CtlAnswer {
  /** HTTP status. */
  readonly status: number;
  /** Parsed JSON, or the text when it is not JSON. */
  readonly body: unknown;
}

/**
 * Sends a request to an exporter.
 *
 * @param target The exporter.
 * @param request The request; `path` has no leading slash.
 * @throws {UnreachableError} When it does not respond.
 */
export async function askExporter(
  target: CtlTarget,
  request: { readonly method: "GET" | "POST" | "PUT"; readonly path: string },
): Promise<CtlAnswer> {
  if (target.kind === "socket") await tryConnecting(target.path);
  using client = clientFor(target);
  const base = target.kind === "socket" ? "http://ctl/" : target.url;
  const authorization = target.kind === "url" ? target.authorization : null;
  try {
    const response = await fetch(`${base}${request.path}`, {
      client,
      method: request.method,
      redirect: "error",
      headers: authorization === null ? {} : { authorization },
      signal: AbortSignal.timeout(RESPONSE_MS),
    });
    return { status: response.status, body: parseBody(await response.text()) };
  } catch (error) {
    throw new UnreachableError(explainFailure(target, error), { cause: error });
  }
}

function clientFor(target: CtlTarget): Deno.HttpClient {
  if (target.kind === "socket") {
    return Deno.createHttpClient({ proxy: { transport: "unix", path: target.path } });
  }
  const { caCertificates, identity } = target;
  const trust = caCertificates === null ? {} : { caCerts: [caCertificates] };
  return identity === null
    ? Deno.createHttpClient(trust)
    : Deno.createHttpClient({ ...trust, cert: identity.cert, key: identity.key });
}

/** Connects once for an error that explains why a socket cannot be used; that of the HTTP client does not. */
async function tryConnecting(path: string): Promise<void> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    throw new UnreachableError(`Cannot reach the exporter at ${path}: ${explainSocketError(error)}`, {
      cause: error,
    });
  }
}

function explainSocketError(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    return "there is no such socket; is the exporter running on this host, and is this its --management.socket?";
  }
  if (error instanceof Deno.errors.NotCapable) {
    return "this program may only use sockets in /run/pg-replication-exporter; for others use curl --unix-socket";
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return "permission denied; only the user that runs the exporter, and root, may use it";
  }
  if (error instanceof Deno.errors.ConnectionRefused) {
    return "nothing listens on it; the exporter exited without removing it: start it again";
  }
  return errorMessage(error);
}

function explainFailure(target: CtlTarget, error: unknown): string {
  const where = target.kind === "socket" ? target.path : target.url;
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return `The exporter at ${where} did not respond within ${RESPONSE_MS / 1000} s`;
  }
  const reason = explainFetchError(error, {
    caFlag: "--ca-file",
    otherwise: "is it running, and is this its address?",
  });
  return `Cannot reach the exporter at ${where}: ${reason}`;
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.trim();
  }
}
