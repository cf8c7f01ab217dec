/** One simulated server on its address: accepts connections while it is up, and closes them when it dies. */
import { type SimPlace, SimSession } from "./sim_session.ts";
import type { FleetCounters } from "./fleet_counters.ts";

/** How long things take. */
export interface Delays {
  /** A login, milliseconds: a process is started and a password is checked. */
  readonly loginMs: number;
  /** An answer of a slow server, milliseconds. */
  readonly slowMs: number;
}

/** A server that listens. */
export class SimListener {
  readonly #place: SimPlace;
  readonly #delays: Delays;
  readonly #counters: FleetCounters;
  readonly #connections = new Set<Deno.TcpConn>();
  #listener: Deno.TcpListener | null = null;

  /** Does not listen yet. */
  constructor(place: SimPlace, { delays, counters }: { delays: Delays; counters: FleetCounters }) {
    this.#place = place;
    this.#delays = delays;
    this.#counters = counters;
  }

  /** The server. */
  get place(): SimPlace {
    return this.#place;
  }

  /** Open connections. */
  get sessions(): number {
    return this.#connections.size;
  }

  /** Accepts connections. */
  open(): void {
    if (this.#listener !== null) return;
    const { address: hostname, port } = this.#place.server;
    this.#listener = Deno.listen({ hostname, port });
    this.#accept(this.#listener);
  }

  /** Ends all connections; `keepsPort`: new ones are still accepted by the system, but never answered. */
  drop({ keepsPort }: { readonly keepsPort: boolean }): void {
    if (!keepsPort) {
      this.#listener?.close();
      this.#listener = null;
    }
    for (const connection of this.#connections) close(connection);
    this.#connections.clear();
  }

  async #accept(listener: Deno.TcpListener): Promise<void> {
    try {
      for await (const connection of listener) this.#serve(connection);
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted)) {
        throw error;
      }
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    const session = new SimSession(this.#place);
    const buffer = new Uint8Array(8192);
    connection.setNoDelay(true);
    this.#connections.add(connection);
    this.#counters.opened(this.sessions);
    let isLoggingIn = true;
    const endLogin = () => {
      if (isLoggingIn) this.#counters.loginEnded();
      isLoggingIn = false;
    };
    try {
      while (!session.hasEnded) {
        const count = await connection.read(buffer);
        if (count === null) break;
        const { state } = this.#place.server;
        // Neither an answer nor an end: the host is gone.
        if (state === "silent") continue;
        const response = session.receive(buffer.subarray(0, count), performance.now() / 1000);
        const wait = (state === "slow" ? this.#delays.slowMs : 0) + (isLoggingIn ? this.#delays.loginMs : 0);
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        for (let done = 0; done < response.length;) done += await connection.write(response.subarray(done));
        if (session.hasStarted) endLogin();
      }
    } catch (error) {
      if (!isLostConnection(error)) throw error;
    } finally {
      endLogin();
      this.#connections.delete(connection);
      close(connection);
    }
  }
}

function isLostConnection(error: unknown): boolean {
  const { BadResource, BrokenPipe, ConnectionReset, Interrupted } = Deno.errors;
  return [BadResource, BrokenPipe, ConnectionReset, Interrupted].some((each) => error instanceof each);
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
