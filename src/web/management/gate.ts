import { isIP } from "node:net";
import type { App } from "../handler.ts";
import { json } from "./api.ts";
import { API_PREFIX, RELOAD_PATH } from "./endpoints.ts";

/** What management over the network depends on. */
export interface GateState {
  /** `--web.enable-management`. */
  readonly isEnabled: boolean;
  /** `--web.allow-plain-management`. */
  readonly allowsPlain: boolean;
  /** Whether the server uses TLS. */
  readonly hasTls: boolean;
  /** Whether every client is authenticated: by a login, or by a certificate of a trusted authority. */
  readonly knowsClients: boolean;
  /** Our host names in lower case: those of `--web.listen-address` and `--web.management-host`. */
  readonly ownNames: readonly string[];
}

/**
 * Adds the management API to an app, where it is allowed.
 *
 * @param app Answers all other requests.
 * @param options `api`: the management API; `state`: whether it is allowed.
 */
export function withManagement(
  app: App,
  options: { readonly api: App; readonly state: () => GateState },
): App {
  return async (request) => {
    if (!isManagement(request)) return await app(request);
    const state = options.state();
    const reason = refuseManagement(state) ?? refuseForeignPage(request) ?? refuseForeignName(request, state);
    return reason === null ? await options.api(request) : json({ error: reason }, 403);
  };
}

/**
 * Adds the management API to an app on a socket that only our own user and root can connect to.
 *
 * @param app Answers all other requests: pages and reports.
 * @param api The management API.
 */
export function withOwnManagement(app: App, api: App): App {
  return async (request) => await (isManagement(request) ? api : app)(request);
}

function isManagement({ url }: Request): boolean {
  const { pathname } = new URL(url);
  return pathname === RELOAD_PATH || pathname.startsWith(API_PREFIX);
}

/**
 * Why management is not available over the network.
 *
 * @param state The configuration.
 * @returns null when it is available.
 */
export function refuseManagement({ isEnabled, allowsPlain, hasTls, knowsClients }: GateState): string | null {
  if (!isEnabled) {
    return "Management over the network is disabled: enable it with --web.enable-management, or use SIGHUP or ctl";
  }
  if (allowsPlain || (hasTls && knowsClients)) return null;
  return hasTls
    ? "Management needs authenticated clients: configure basic_auth_users, or client certificates with " +
      "RequireAndVerifyClientCert, in --web.config.file"
    : "Management is not available over plain HTTP: configure TLS in --web.config.file, or set " +
      "--web.allow-plain-management if the network is trusted";
}

/** A page of another site must not make a logged-in or local browser reload or stop the exporter. */
function refuseForeignPage({ headers }: Request): string | null {
  const site = headers.get("sec-fetch-site");
  const isOwn = site === null || site === "same-origin" || site === "none";
  const origin = headers.get("origin");
  const isSameHost = origin === null || (URL.canParse(origin) && new URL(origin).host === hostIn(headers));
  return isOwn && isSameHost ? null : "Management cannot be used from the page of another site";
}

/** The `Host` header in lower case, like the host of an `Origin`. */
function hostIn(headers: Headers): string {
  return headers.get("host")?.toLowerCase() ?? "";
}

/**
 * The owner of a name can point it to our address: a browser then treats the owner's page and us as one site, and can
 * read our answers. Over TLS it cannot, as we have no certificate for that name.
 */
function refuseForeignName({ headers }: Request, { hasTls, ownNames }: GateState): string | null {
  if (hasTls || isOwnName(headers.get("host"), ownNames)) return null;
  return "Over plain HTTP management is available under an address, a name without a dot, or a configured name, so that " +
    "no web page can use it: set --web.management-host=NAME, the name in the URL you used";
}

/**
 * Whether a `Host` header is a name of ours, and not one that the owner of a web page has pointed to our address so that
 * a browser treats both as one site (DNS rebinding). That needs a name in the public DNS: not an address, nor a name
 * without a dot, such as `localhost` or that of a container.
 *
 * @param host The header: name or address, with or without a port; null when there is none, as browsers always send it.
 * @param names Further names of ours, in lower case.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(isOwnName("127.0.0.1:9188", []), true);
 * assertEquals(isOwnName("rebound.example.org:9188", ["db1.example.com"]), false);
 * ```
 */
export function isOwnName(host: string | null, names: readonly string[]): boolean {
  if (host === null) return true;
  const name = hostNameOf(host);
  if (name === null) return false;
  const isAddress = name.startsWith("[") || isIP(name) !== 0;
  return isAddress || !name.includes(".") || names.includes(name);
}

/** The name in a `Host` header in the form of browsers: lower case, without a final dot. */
function hostNameOf(host: string): string | null {
  const url = `http://${host}`;
  if (!URL.canParse(url)) return null;
  const { hostname } = new URL(url);
  const name = hostname.replace(/\.$/, "");
  return name === "" ? null : name;
}
