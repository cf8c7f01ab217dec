import { BlockList, isIP } from "node:net";
import type { ConnectionTarget, ProbeModule } from "./config.ts";
import { formatHostPort } from "./listen_address.ts";
import { AUTH_METHODS, DEFAULT_LIBPQ_SETTINGS } from "./libpq_settings.ts";

/** The address of a probed server. */
export interface ProbeAddress {
  /** Host name or address, in lower case. */
  readonly host: string;
  /** Port. */
  readonly port: number;
}

const TARGET = /^(?:\[([0-9a-fA-F:.]+)\]|([\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}])?))(?::(\d{1,5}))?$/u;

/**
 * Parses the `target` of a probe: `host`, `host:port`, `[address]:port`, or a URI of these without a login.
 *
 * @param text The target.
 * @returns The address; port 5432 when none is given.
 * @throws {SyntaxError} When it is invalid; the text is not repeated, as it may contain a password.
 */
export function parseProbeTarget(text: string): ProbeAddress {
  const bare = text.trim().replace(/^postgres(?:ql)?:\/\//, "").replace(/\/$/, "");
  const [, bracketed, name, port = "5432"] = TARGET.exec(bare) ?? [];
  const host = (bracketed ?? name ?? "").toLowerCase();
  const isAddress = bracketed === undefined || isIP(bracketed) === 6;
  if (host === "" || !isAddress || Number(port) < 1 || Number(port) > 65535) {
    throw new SyntaxError(
      "Cannot parse the target: expected host, host:port or [address]:port, without a login",
    );
  }
  return { host, port: Number(port) };
}

/**
 * Formats an address: the `instance` label of the probed server.
 *
 * @param address The address.
 */
export function formatProbeAddress({ host, port }: ProbeAddress): string {
  return formatHostPort(host, port);
}

/**
 * Whether a host may be probed. A name is never resolved for this: a network allows only addresses.
 *
 * @param host Name or address, in lower case.
 * @param allowed Names, `*.suffix`, addresses or networks in CIDR form.
 */
export function isAllowedHost(host: string, allowed: readonly string[]): boolean {
  const version = isIP(host);
  return allowed.some((entry) => {
    const pattern = entry.toLowerCase();
    if (version === 0) return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
    const [network = "", bits] = pattern.split("/");
    if (isIP(network) !== version) return false;
    const list = new BlockList();
    const family = version === 4 ? "ipv4" : "ipv6";
    list.addSubnet(network, bits === undefined ? version === 4 ? 32 : 128 : Number(bits), family);
    return list.check(host, family);
  });
}

/** Authentication methods without `require_auth` in the module: all but the password in plain text. */
const SAFE_AUTH = AUTH_METHODS.filter((method) => method !== "password");

/**
 * How to connect to a probed server. Any program may listen on an allowed host, so unless the module sets
 * `require_auth` the password is never sent in plain text.
 *
 * @param address The server.
 * @param module The login.
 */
export function probeConnection({ host, port }: ProbeAddress, { target }: ProbeModule): ConnectionTarget {
  const libpq = target.libpq ?? DEFAULT_LIBPQ_SETTINGS;
  return {
    ...target,
    host,
    hostAddress: "",
    port,
    libpq: { ...libpq, allowedAuth: libpq.allowedAuth ?? SAFE_AUTH },
  };
}
