import type { ListenAddress } from "./config.ts";

/**
 * Parses an address to listen on: `:9188`, `127.0.0.1:9188`, `[::1]:9188`, `localhost:0`.
 *
 * @param text The address.
 * @returns Host name ("" for every address) and port (0: the system chooses).
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
 * Formats an address to listen on.
 *
 * @param address The address.
 * @returns Its text, which {@linkcode parseListenAddress} reads.
 */
export function formatListenAddress(address: ListenAddress): string {
  const host = address.hostname.includes(":") ? `[${address.hostname}]` : address.hostname;
  return `${host}:${address.port}`;
}

/**
 * Parses the name of a host: without scheme and port.
 *
 * @param text The name.
 * @returns It in small letters, without a dot at the end, as browsers write it.
 * @throws {SyntaxError} When it is something else.
 */
export function parseHostName(text: string): string {
  const url = `http://${text}/`;
  const isName = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*)$/u.test(text) && URL.canParse(url);
  if (!isName) {
    throw new SyntaxError(`Cannot parse host name "${text}": expected a name alone, such as db1.example.com`);
  }
  return new URL(url).hostname.replace(/\.$/, "");
}
