import { isIP } from "node:net";

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
