import { isIP } from "node:net";

const clients = new WeakMap<Request, string>();

/**
 * Records the client of a request, for {@linkcode clientOf}.
 *
 * @param request The request.
 * @param address The remote address of its connection; nothing is recorded when it is unknown.
 */
export function noteClient(request: Request, address: string | undefined): void {
  if (address !== undefined) clients.set(request, clientKey(address));
}

/**
 * The client of a request, for limits per client.
 *
 * It is the remote end of the connection: `X-Forwarded-For` can be forged. All clients of a proxy count as one.
 *
 * @param request The request.
 * @returns The {@linkcode clientKey} of the address; null when it is unknown.
 */
export function clientOf(request: Request): string | null {
  return clients.get(request) ?? null;
}

/**
 * Identifies a client: an IPv4 address, or the first half of an IPv6 address, since a host usually has a whole /64
 * network.
 *
 * @param address The address in the system's format.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(clientKey("::ffff:192.0.2.1"), "192.0.2.1");
 * assertEquals(clientKey("2001:db8::1"), clientKey("2001:db8::2"));
 * ```
 */
export function clientKey(address: string): string {
  const [bare = ""] = address.split("%");
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  if (isIP(bare) !== 6) return address;
  const [head = "", tail = ""] = bare.split("::");
  const groupsOf = (text: string) => text === "" ? [] : text.split(":");
  const [left, right] = [groupsOf(head), groupsOf(tail)];
  // An IPv4 address at the end is two groups.
  const count = left.length + right.length + (bare.includes(".") ? 1 : 0);
  const zeros = bare.includes("::") ? Array.from({ length: 8 - count }, () => "0") : [];
  const network = [...left, ...zeros, ...right].slice(0, 4).map((group) =>
    Number.parseInt(group, 16).toString(16)
  );
  return `${network.join(":")}::/64`;
}
