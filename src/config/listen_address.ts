import type { ListenAddress } from "./config.ts";

/**
 * Parses a listen address: `:9188`, `127.0.0.1:9188`, `[::1]:9188`, `localhost:0`.
 *
 * @param text The address.
 * @returns Host name ("" for all addresses) and port (0: the system chooses).
 * @throws {SyntaxError} When it is malformed.
 */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([\p{L}\p{N}._-]*)):(\d{1,5})$/u.exec(text);
  const port = Number(match?.[3] ?? NaN);
  if (port > 65535) {
    throw new SyntaxError(`Cannot parse listen address "${text}": expected a port from 0 to 65535`);
  }
  if (match === null) {
    const meant = /^\d{1,5}$/.test(text) ? `, did you mean ":${text}"?` : "";
    throw new SyntaxError(
      `Cannot parse listen address "${text}": expected host:port, :port or [IPv6 address]:port${meant}`,
    );
  }
  return { hostname: match[1] ?? match[2] ?? "", port };
}

/**
 * Formats a listen address.
 *
 * @param address The address.
 * @returns Text for {@linkcode parseListenAddress}.
 */
export function formatListenAddress({ hostname, port }: ListenAddress): string {
  return formatHostPort(hostname, port);
}

/**
 * Formats `host:port`, with an IPv6 address in brackets.
 *
 * @param host Host name or address.
 * @param port Port.
 */
export function formatHostPort(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/**
 * Parses a host name, without scheme and port.
 *
 * @param text The name.
 * @returns The name in lower case, without a final dot, as browsers write it.
 * @throws {SyntaxError} When it is not a host name.
 */
export function parseHostName(text: string): string {
  const url = `http://${text}/`;
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u.test(text) || !URL.canParse(url)) {
    throw new SyntaxError(`Cannot parse host name "${text}": expected only a name, such as db1.example.com`);
  }
  return new URL(url).hostname.replace(/\.$/, "");
}
