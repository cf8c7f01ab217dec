import { isIP } from "node:net";

const clients = new WeakMap<Request, string>();

/**
 * Notes whom a request comes from, for {@linkcode clientOf}.
 *
 * @param request The request.
 * @param address The other end of its connection; nothing is noted when it is not known.
 */
export function noteClient(request: Request, address: string | undefined): void {
  if (address !== undefined) clients.set(request, clientKey(address));
}

/**
 * Whom a request comes from, so that one client can be told not to take what is there for all.
 *
 * It is the other end of the connection: what `X-Forwarded-For` says anybody can write, and behind a proxy all are one.
 *
 * @param request The request.
 * @returns What {@linkcode clientKey} makes of the address; null when it is not known.
 */
export function clientOf(request: Request): string | null {
  return clients.get(request) ?? null;
}

/**
 * What tells one client from another: an IPv4 address, or the first half of an IPv6 address, since whoever has one of
 * those usually has all of its network.
 *
 * @param address As the system writes it.
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
  // An IPv4 address at the end stands for two groups.
  const count = left.length + right.length + (bare.includes(".") ? 1 : 0);
  const zeros = bare.includes("::") ? Array.from({ length: 8 - count }, () => "0") : [];
  const network = [...left, ...zeros, ...right].slice(0, 4).map((group) =>
    Number.parseInt(group, 16).toString(16)
  );
  return `${network.join(":")}::/64`;
}
