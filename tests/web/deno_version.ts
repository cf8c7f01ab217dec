/**
 * What servers of Node's kind can do in the Deno that runs.
 *
 * @module
 */
const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);

/** Before 2.9, `node:http` knows no limits of header, time and connections, answers malformed requests itself,
 * calls all requests HTTP/1.1 and cannot end a connection whose answer hangs. */
export const HAS_LIMITS = major > 2 || minor >= 9;

/**
 * The name of a test that needs those limits.
 *
 * @param name What it shows.
 */
export function needingLimits(name: string): { readonly name: string; readonly ignore: boolean } {
  return { name: HAS_LIMITS ? name : `${name} (skipped: needs Deno 2.9)`, ignore: !HAS_LIMITS };
}
