import { isIP } from "node:net";

/**
 * Whether a `Host` header is a name of ours, and not one that the owner of a web page has pointed at our address so that
 * a browser takes the page and us for one site (DNS rebinding). That takes a name in the public DNS: an address is nobody
 * else's, nor is a name without a dot, such as `localhost` or that of a container.
 *
 * @param host The header: name or address, with or without a port; null when the request has none, as no browser's.
 * @param names Names that are ours besides, in small letters.
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

/** The name in a `Host` header, as browsers write it: in small letters, without the dot at the end. */
function hostNameOf(host: string): string | null {
  const url = `http://${host}`;
  if (!URL.canParse(url)) return null;
  const { hostname } = new URL(url);
  const name = hostname.replace(/\.$/, "");
  return name === "" ? null : name;
}
