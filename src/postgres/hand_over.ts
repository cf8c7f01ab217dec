import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { Announced } from "./login.ts";
import { frame } from "./startup_wire.ts";

/** What the driver is told besides, so that the environment's `PGTARGETSESSIONATTRS` leads it nowhere. */
const FOR_DRIVER = { in_hot_standby: "on", default_transaction_read_only: "on" } as const;

/**
 * Hands a socket that is logged in to the driver, which believes that it logs in itself: the startup message it writes
 * first goes nowhere, and it reads what the server announced to us.
 *
 * @param socket The socket.
 * @param announced What the server announced.
 */
export function handOver(socket: Socket, { parameters, key, release }: Announced): void {
  const status = [...parameters, ...Object.entries(FOR_DRIVER)].map(([name, value]) =>
    frame("S", Buffer.from(`${name}\0${value}\0`, "utf8"))
  );
  const replay = Buffer.concat([frame("R", Buffer.alloc(4)), ...status, key, frame("Z", Buffer.from("I"))]);
  Object.defineProperty(socket, "write", {
    configurable: true,
    value: () => {
      Reflect.deleteProperty(socket, "write");
      // The driver listens by now; what came since the login, a notice for example, is for it.
      const rest = release();
      queueMicrotask(() => socket.emit("data", Buffer.concat([replay, rest])));
      return true;
    },
  });
}
