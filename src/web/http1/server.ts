import type { Clock } from "../../domain/clock.ts";
import type { App } from "../handler.ts";
import type { StreamListener } from "./byte_stream.ts";
import { HttpConnection } from "./connection.ts";
import type { HttpLimits } from "./limits.ts";

/** What a server works with. */
export interface HttpServerOptions {
  /** Answers every request. */
  readonly app: App;
  /** For deadlines and the `Date` header. */
  readonly clock: Clock;
  /** What clients may ask of us. */
  readonly limits: HttpLimits;
  /** Told when connections can no longer be accepted, once until they can again. */
  readonly onError?: (error: unknown) => void;
}

/** How long to wait after a connection could not be accepted, seconds. */
const ACCEPT_RETRY_SECONDS = 0.1;

/** All connections of one app, from any number of listeners. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #listeners = new Set<StreamListener>();
  readonly #connections = new Set<HttpConnection>();
  readonly #loops: Promise<void>[] = [];
  readonly #stop = new AbortController();
  #onEmpty: (() => void) | null = null;

  /** Makes a server that has no listener yet. */
  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#loops.push(this.#sweep());
  }

  /** Connections open now. */
  get connections(): number {
    return this.#connections.size;
  }

  /**
   * Serves what a listener accepts, until {@linkcode HttpServer.close}.
   *
   * @param listener The listener; closed by the server.
   */
  serve(listener: StreamListener): void {
    this.#listeners.add(listener);
    this.#loops.push(this.#accept(listener));
  }

  /**
   * Stops accepting, lets answers in progress finish, then ends every connection.
   *
   * @param options `graceSeconds`: how long answers may take to finish.
   */
  async close(options: { readonly graceSeconds: number }): Promise<void> {
    this.#stop.abort();
    for (const listener of this.#listeners) listener.close();
    for (const connection of this.#connections) connection.drain();
    if (this.#connections.size > 0) {
      const cut = new AbortController();
      const emptied = new Promise<void>((resolve) => this.#onEmpty = resolve);
      const patience = this.#options.clock.sleep(options.graceSeconds, cut.signal).catch(() => {});
      await Promise.race([emptied, patience]);
      cut.abort();
    }
    for (const connection of this.#connections) connection.close();
    await Promise.all(this.#loops);
  }

  async #accept(listener: StreamListener): Promise<void> {
    let isFailing = false;
    while (!this.#stop.signal.aborted) {
      try {
        const stream = await listener.accept();
        isFailing = false;
        stream.setNoDelay?.(true);
        const connection = new HttpConnection(stream, {
          ...this.#options,
          onClose: (closed) => this.#forget(closed),
        });
        if (this.#connections.size >= this.#options.limits.connections) this.#makeRoom();
        this.#connections.add(connection);
        if (this.#connections.size > this.#options.limits.connections) connection.close();
        else connection.run();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        // Most likely no descriptor is left. Give some back, wait a moment, go on: the listener must outlive this.
        if (!isFailing) this.#options.onError?.(error);
        isFailing = true;
        for (let count = Math.ceil(this.#connections.size / 4); count > 0; count--) this.#makeRoom();
        await this.#options.clock.sleep(ACCEPT_RETRY_SECONDS, this.#stop.signal).catch(() => {});
      }
    }
  }

  /** Closes the connection that has waited longest for its client; one whose answer is being worked on is spared. */
  #makeRoom(): void {
    const isWriting = (connection: HttpConnection) => connection.phase === "writing";
    let chosen: HttpConnection | null = null;
    for (const connection of this.#connections) {
      if (connection.phase === "working") continue;
      const isBetter = chosen === null || (isWriting(chosen) && !isWriting(connection)) ||
        (isWriting(chosen) === isWriting(connection) && connection.since < chosen.since);
      if (isBetter) chosen = connection;
    }
    chosen?.close();
  }

  #forget(connection: HttpConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  async #sweep(): Promise<void> {
    const { clock, limits } = this.#options;
    while (!this.#stop.signal.aborted) {
      await clock.sleep(limits.sweepSeconds, this.#stop.signal).catch(() => {});
      for (const connection of this.#connections) connection.checkDeadline();
    }
  }
}
