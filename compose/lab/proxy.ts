/** A TCP proxy on loopback: a link between two processes that can be cut, stalled, refused, slowed, counted. */
import { listenOnFreePort } from "./ports.ts";

/** How a link treats data and new connections. */
export type LinkState = "open" | "cut" | "stalled" | "refused";

/** Traffic of one connection. */
export interface ConnectionCount {
  /** Bytes from client to server. */
  readonly sentBytes: number;
  /** Bytes from server to client. */
  readonly receivedBytes: number;
  /**
   * How often the client sent data after the server had: its round trips. Exact for a client that waits for each
   * response; for a pipelining one set {@linkcode Proxy.delay} so that responses do not overtake requests.
   */
  readonly roundTrips: number;
  /** Whether it is still open. */
  readonly open: boolean;
  /** The port the server sees as its client's; null while the server has not been reached. */
  readonly clientPort: number | null;
}

class Connection implements ConnectionCount {
  sentBytes = 0;
  receivedBytes = 0;
  roundTrips = 0;
  open = true;
  clientPort: number | null = null;
  #lastFrom: "client" | "server" = "server";
  /** The client's, then the server's. */
  readonly #ends: Deno.TcpConn[] = [];
  #isAbandoned = false;

  count(from: "client" | "server", bytes: number): void {
    if (from === "client") this.sentBytes += bytes;
    else this.receivedBytes += bytes;
    if (from === "client" && this.#lastFrom === "server") this.roundTrips++;
    this.#lastFrom = from;
  }

  own(end: Deno.TcpConn): void {
    if (this.open) this.#ends.push(end);
    else closeQuietly(end);
  }

  close(): void {
    this.open = false;
    for (const end of this.#ends.splice(0)) closeQuietly(end);
  }

  /** Closes the client's end only; from then on only {@linkcode Connection.close} closes the server's. */
  abandon(): void {
    this.#isAbandoned = true;
    this.open = false;
    for (const end of this.#ends.splice(0, 1)) closeQuietly(end);
  }

  /** One direction has ended: the other one ends with it, as PostgreSQL never half-closes. */
  end(): void {
    if (!this.#isAbandoned) this.close();
  }
}

function closeQuietly(end: { close(): void }): void {
  try {
    end.close();
  } catch { /* it was closed already */ }
}

/** A link from clients of {@linkcode Proxy.port} to the target's port. */
export class Proxy implements AsyncDisposable {
  /** The loopback port to connect to. */
  readonly port: number;
  readonly #target: () => number;
  readonly #connections: Connection[] = [];
  readonly #running = new Set<Promise<void>>();
  #listener: Deno.TcpListener | null;
  #state: LinkState = "open";
  #gate = Promise.withResolvers<void>();
  #accepting: Promise<void>;
  #delaySeconds = 0;
  #closed = false;

  /** Opens a link to the port that `target` names at the moment a connection arrives. */
  constructor(target: () => number) {
    this.#target = target;
    this.#listener = listenOnFreePort();
    this.port = this.#listener.addr.port;
    this.#gate.resolve();
    this.#accepting = this.#accept(this.#listener);
  }

  /** Current state of the link. */
  get state(): LinkState {
    return this.#state;
  }

  /** Every connection since the start, oldest first, including closed ones. */
  get connections(): readonly ConnectionCount[] {
    return this.#connections;
  }

  /** Cuts the link: connections are closed, new ones are refused. */
  async cut(): Promise<void> {
    const changed = this.#change("cut");
    this.reset();
    await changed;
  }

  /** Refuses new connections; open ones continue. */
  async refuse(): Promise<void> {
    await this.#change("refused");
  }

  /** Turns the link into a black hole: nothing passes, nothing is closed, new connections get no response. */
  async stall(): Promise<void> {
    await this.#change("stalled");
  }

  /** Opens the link; delayed data is delivered. */
  async heal(): Promise<void> {
    await this.#change("open");
  }

  /** Closes the open connections; new ones are accepted at once. */
  reset(): void {
    for (const connection of this.#connections) connection.close();
  }

  /** Leaves the open connections half open: clients lose theirs, the server does not learn of it. New ones pass. */
  abandon(): void {
    for (const connection of this.#connections) if (connection.open) connection.abandon();
  }

  /** Delays every byte in both directions by this many seconds; 0 removes the delay. */
  delay(seconds: number): void {
    this.#delaySeconds = seconds;
  }

  /** Closes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#state = "cut";
    this.#gate.resolve();
    this.#closeListener();
    this.reset();
    await this.#accepting;
    await Promise.all(this.#running);
  }

  /** Applies to open connections at once; resolves when it applies to new ones too. */
  async #change(state: LinkState): Promise<void> {
    this.#state = state;
    this.#gate.resolve();
    if (state === "stalled") this.#gate = Promise.withResolvers<void>();
    if (!this.#listens()) this.#closeListener();
    if (this.#listener !== null) return;
    await this.#accepting; // the old socket is really closed only when its last accept has ended
    if (this.#listens() && this.#listener === null) {
      this.#listener = Deno.listen({ hostname: "127.0.0.1", port: this.port });
      this.#accepting = this.#accept(this.#listener);
    }
  }

  #listens(): boolean {
    return !this.#closed && (this.#state === "open" || this.#state === "stalled");
  }

  #closeListener(): void {
    if (this.#listener !== null) closeQuietly(this.#listener);
    this.#listener = null;
  }

  async #accept(listener: Deno.TcpListener): Promise<void> {
    while (true) {
      const client = await listener.accept().catch(() => null);
      if (client === null) return;
      const connection = new Connection();
      connection.own(client);
      this.#connections.push(connection);
      this.#run(() => this.#join(connection, client));
    }
  }

  async #join(connection: Connection, client: Deno.TcpConn): Promise<void> {
    try {
      await this.#gate.promise;
      if (!this.#listens() || !connection.open) return;
      const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#target() });
      connection.clientPort = server.localAddr.port;
      connection.own(server);
      client.setNoDelay(true);
      server.setNoDelay(true);
      await Promise.all([
        this.#pump(connection, { from: client, to: server, side: "client" }),
        this.#pump(connection, { from: server, to: client, side: "server" }),
      ]);
    } catch {
      /* the target refused, or an end closed: both mean this connection is over */
    } finally {
      connection.end();
    }
  }

  async #pump(
    connection: Connection,
    way: { readonly from: Deno.TcpConn; readonly to: Deno.TcpConn; readonly side: "client" | "server" },
  ): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    let delayed = Promise.resolve();
    try {
      while (true) {
        const size = await way.from.read(buffer);
        if (size === null) break;
        await this.#gate.promise;
        connection.count(way.side, size);
        const wait = this.#delaySeconds * 1000;
        if (wait > 0) {
          const chunk = buffer.slice(0, size);
          const due = performance.now() + wait;
          delayed = delayed.then(() => deliver(way.to, chunk, due));
        } else {
          await delayed;
          await writeAll(way.to, buffer.subarray(0, size));
        }
      }
      await delayed;
    } finally {
      connection.end();
    }
  }

  #run(task: () => Promise<void>): void {
    const running = task().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }
}

async function deliver(to: Deno.TcpConn, chunk: Uint8Array, dueMs: number): Promise<void> {
  const wait = dueMs - performance.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  await writeAll(to, chunk).catch(() => {}); // the reader's loop notices the closed end
}

async function writeAll(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await to.write(bytes.subarray(done));
}
