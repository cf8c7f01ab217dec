/** Ports of the lab: free ones outside the kernel's range for outgoing connections. */

// Outgoing connections use 32768-60999 on Linux and 49152-65535 on macOS. A lower port stays free while it is closed
// for a moment (a restart, a cut link).
const FIRST = 17_000;
const COUNT = 15_000;

/**
 * Listens on a free loopback port.
 *
 * @throws {Deno.errors.AddrInUse} When no free port was found after many tries
 */
export function listenOnFreePort(): Deno.TcpListener {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = FIRST + crypto.getRandomValues(new Uint32Array(1))[0]! % COUNT;
    try {
      return Deno.listen({ hostname: "127.0.0.1", port });
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Deno.errors.AddrInUse(`No free port found on 127.0.0.1 between ${FIRST} and ${FIRST + COUNT}`);
}

/** A loopback port that was free a moment ago. */
export function findFreePort(): number {
  const listener = listenOnFreePort();
  try {
    return listener.addr.port;
  } finally {
    listener.close();
  }
}
