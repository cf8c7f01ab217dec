import { BlockList, isIP } from "node:net";
import type { ConnectionTarget, ProbeModule } from "./config.ts";
import { AUTH_METHODS, DEFAULT_LIBPQ_SETTINGS } from "./libpq_settings.ts";

/** A server that `/probe` is asked for. */
export interface ProbeAddress {
  /** Host name or address, in small letters. */
  readonly host: string;
  /** Port. */
  readonly port: number;
}

const HOST = /^(?:\[([0-9a-fA-F:.]+)\]|([\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}])?))(?::(\d{1,5}))?$/u;

/**
 * Parses the `target` of a probe: `host`, `host:port`, `[address]:port`, or the same as a URI without a login.
 *
 * @param text What was given.
 * @returns The address; port 5432 when none is given.
 * @throws {SyntaxError} When it is something else; what was given is not repeated, as it may hold a password.
 */
export function parseProbeTarget(text: string): ProbeAddress {
  const bare = text.trim().replace(/^postgres(?:ql)?:\/\//, "").replace(/\/$/, "");
  const [, bracketed, name, port = "5432"] = HOST.exec(bare) ?? [];
  const host = (bracketed ?? name ?? "").toLowerCase();
  const isAddress = bracketed === undefined || isIP(bracketed) === 6;
  if (host === "" || !isAddress || Number(port) < 1 || Number(port) > 65535) {
    throw new SyntaxError(
      "Cannot read the target: expected host, host:port or [address]:port, without a login",
    );
  }
  return { host, port: Number(port) };
}

/**
 * Writes an address as it is given: the `instance` of what is probed there.
 *
 * @param address The address.
 */
export function formatProbeAddress({ host, port }: ProbeAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Whether a host may be probed. A name is compared as it is given, never by what it resolves to: a network in the list
 * allows addresses alone.
 *
 * @param host Name or address, in small letters.
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

/** What a probed server may ask for when the module does not say: anything but the password in clear text. */
const SAFE_AUTH = AUTH_METHODS.filter((method) => method !== "password");

/**
 * How to reach a probed server. Whoever listens on an allowed host is asked to, so unless the module has `require_auth` of
 * its own the password is never sent as it is.
 *
 * @param address Where it is.
 * @param module How to log in.
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
