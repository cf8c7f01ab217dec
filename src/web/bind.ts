import type { Server } from "node:http";
import type { ListenAddress } from "../config/config.ts";
import { errorCode } from "../domain/thrown.ts";

/** Connections that may wait to be accepted; few, so that a flood cannot take all file descriptors at once. */
const BACKLOG = 128;

/**
 * Binds a server to one address.
 *
 * @param server The server.
 * @param address A host name or address, and a port; 0 lets the system choose.
 * @throws {Error} The system's error; {@linkcode bindErrorCode} returns its code.
 */
export function bindTo(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      server.off("error", settle).off("listening", settle);
      if (error) reject(error);
      else resolve();
    };
    server.on("error", settle).on("listening", settle);
    server.listen({ host: address.hostname, port: address.port, backlog: BACKLOG });
  });
}

/**
 * The address on which a server listens.
 *
 * @param server The server.
 * @throws {TypeError} When it does not listen.
 */
export function listenAddressOf(server: Server): ListenAddress {
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new TypeError("The server has no address: it does not listen");
  }
  return { hostname: address.address, port: address.port };
}

/**
 * The system's code of an error.
 *
 * @param error The error.
 * @returns For example `EADDRINUSE`; "" when there is none.
 */
export function bindErrorCode(error: unknown): string {
  return error instanceof Deno.errors.NotCapable ? "EACCES" : errorCode(error);
}
