import type { App } from "../handler.ts";
import { json } from "./api.ts";
import { API_PREFIX, RELOAD_PATH } from "./endpoints.ts";
import { isOwnName } from "./own_name.ts";

/** What decides whether management may go over the network. */
export interface GateState {
  /** `--web.enable-management`. */
  readonly isEnabled: boolean;
  /** `--web.allow-plain-management`. */
  readonly allowsPlain: boolean;
  /** Whether answers go out over TLS. */
  readonly hasTls: boolean;
  /** Whether every client has to show who it is: a login, or a certificate of an authority that is trusted. */
  readonly knowsClients: boolean;
  /** Names that are ours, in small letters: those of `--web.listen-address` and `--web.management-host`. */
  readonly ownNames: readonly string[];
}

/**
 * Puts the management API in front of an app, where it is allowed.
 *
 * @param app Answers everything else.
 * @param options `api` answers management; `state` says whether it may.
 */
export function withManagement(
  app: App,
  options: { readonly api: App; readonly state: () => GateState },
): App {
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname !== RELOAD_PATH && !pathname.startsWith(API_PREFIX)) return await app(request);
    const state = options.state();
    const reason = refuseManagement(state) ?? refuseForeignPage(request) ?? refuseForeignName(request, state);
    return reason === null ? await options.api(request) : json({ error: reason }, 403);
  };
}

/**
 * Why management does not go over the network.
 *
 * @param state What is configured.
 * @returns null when it does.
 */
export function refuseManagement({ isEnabled, allowsPlain, hasTls, knowsClients }: GateState): string | null {
  if (!isEnabled) {
    return "Management over the network is off: switch it on with --web.enable-management, or use SIGHUP or ctl";
  }
  if (allowsPlain || (hasTls && knowsClients)) return null;
  return hasTls
    ? "Management needs to know its clients: configure basic_auth_users, or client certificates with " +
      "RequireAndVerifyClientCert, in --web.config.file"
    : "Management does not go over plain HTTP: configure TLS in --web.config.file, or switch on " +
      "--web.allow-plain-management where the network is trusted";
}

/** A page of somebody else must not make a browser that is logged in, or near us, reload or stop us. */
function refuseForeignPage({ headers }: Request): string | null {
  const site = headers.get("sec-fetch-site");
  const isOwn = site === null || site === "same-origin" || site === "none";
  const origin = headers.get("origin");
  const isSameHost = origin === null || (URL.canParse(origin) && new URL(origin).host === hostIn(headers));
  return isOwn && isSameHost ? null : "Management cannot be asked for by the page of another site";
}

/** As the host of an `Origin` is written: in small letters. */
function hostIn(headers: Headers): string {
  return headers.get("host")?.toLowerCase() ?? "";
}

/**
 * Whoever owns a name can point it at our address: a browser then takes his page and us for one site, and may read our
 * answers. Over TLS it cannot, since we have no certificate for that name.
 */
function refuseForeignName({ headers }: Request, { hasTls, ownNames }: GateState): string | null {
  if (hasTls || isOwnName(headers.get("host"), ownNames)) return null;
  return "Over plain HTTP management is asked for by address, by a name without a dot, or by a name that is known to be " +
    "ours, so that no web page can pass for us: start with --web.management-host=NAME, the name in the address you used";
}
