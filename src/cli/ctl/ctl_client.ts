import { adviceOnFetch } from "../fetch_advice.ts";
import type { CtlTarget } from "./ctl_target.ts";

/** How long an answer may take, milliseconds: a reload tries new servers first. */
const PATIENCE_MS = 60_000;

/** No exporter answers there: what was tried, and what to do. */
export class UnreachableError extends Error {
  /** Class name, for logs. */
  override readonly name = "UnreachableError";
}

/** What the exporter said. */
export interface CtlAnswer {
  /** HTTP status. */
  readonly status: number;
  /** JSON, or the text when it is none. */
  readonly body: unknown;
}

/**
 * Asks an exporter.
 *
 * @param target Which.
 * @param request What; `path` without a slash in front.
 * @throws {UnreachableError} When nobody answers.
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
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return { status: response.status, body: parse(await response.text()) };
  } catch (error) {
    throw new UnreachableError(describe(target, error), { cause: error });
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

/** Says why a socket cannot be used, which the HTTP client does not. */
async function tryConnecting(path: string): Promise<void> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    throw new UnreachableError(`Cannot reach the exporter at ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    return "there is no such socket; is the exporter running on this host, and is this its --management.socket?";
  }
  if (error instanceof Deno.errors.NotCapable) {
    return "this program may use sockets in /run/pg-replication-exporter only; for others there is curl --unix-socket";
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return "permission denied; only the user that runs the exporter, and root, may use it";
  }
  if (error instanceof Deno.errors.ConnectionRefused) {
    return "nobody listens on it any more; the exporter has ended without removing it, start it again";
  }
  return error instanceof Error ? error.message : String(error);
}

function describe(target: CtlTarget, error: unknown): string {
  const where = target.kind === "socket" ? target.path : target.url;
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return `The exporter at ${where} did not answer within ${PATIENCE_MS / 1000} s`;
  }
  const chain = [error, error instanceof Error ? error.cause : null]
    .map((each) => each instanceof Error ? each.message : "").join(" ");
  const advice = adviceOnFetch(chain, {
    caFlag: "--ca-file",
    otherwise: "is it running, and is this its address?",
  });
  return `Cannot reach the exporter at ${where}: ${lastSentence(chain)}; ${advice}`;
}

/** The innermost reason, which the HTTP client puts last. */
function lastSentence(chain: string): string {
  return chain.trim().split(": ").slice(-2).join(": ").trim() || "no answer";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.trim();
  }
}
