/**
 * Free ports for the lab. Each process has a block of its own, and hands out each port once: so a port stays free
 * while nothing listens on it for a while (a server stopped, a link cut), whatever other runs start meanwhile.
 */

// Linux uses 32768-60999 for outgoing connections, macOS 49152-65535.
const FIRST = 17_000;
const BLOCK_PORTS = 250;
const BLOCKS = 60;

function listenOn(port: number): Deno.TcpListener | null {
  try {
    return Deno.listen({ hostname: "127.0.0.1", port });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return null;
    throw error;
  }
}

/** Takes a block by listening on its first port until the process ends. */
function takeBlock(): number {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const first = FIRST + BLOCK_PORTS * (crypto.getRandomValues(new Uint32Array(1))[0]! % BLOCKS);
    const guard = listenOn(first);
    if (guard === null) continue;
    guard.unref();
    return first;
  }
  throw new Deno.errors.AddrInUse(`No free block of ports on 127.0.0.1 from ${FIRST} on`);
}

// When the module is loaded, so that the guard is no leak of the test that asks for the first port.
const block = takeBlock();
let handedOut = 0;

/**
 * Listens on a free loopback port that this process has not used before.
 *
 * @throws {Deno.errors.AddrInUse} When none was found
 */
export function listenOnFreePort(): Deno.TcpListener {
  for (let attempt = 0; attempt < BLOCK_PORTS; attempt++) {
    const port = block + 1 + handedOut++ % (BLOCK_PORTS - 1);
    const listener = listenOn(port);
    if (listener !== null) return listener;
  }
  throw new Deno.errors.AddrInUse(
    `No free port on 127.0.0.1 from ${block + 1} to ${block + BLOCK_PORTS - 1}`,
  );
}

/** A loopback port that is free, and that this module gives to nobody else. */
export function findFreePort(): number {
  const listener = listenOnFreePort();
  try {
    return listener.addr.port;
  } finally {
    listener.close();
  }
}
