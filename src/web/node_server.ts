import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { STATUS_CODE } from "@std/http";
import { clientKey } from "./client.ts";
import type { App } from "./handler.ts";
import { HttpError } from "./http_error.ts";
import { type Held, whomToEnd } from "./evict_connection.ts";
import { methodNotAllowed } from "./middleware/methods.ts";
import { answer, refuse } from "./node_adapter.ts";
import type { TlsSettings } from "./security/security.ts";
import { applyTls, refuseSocket, tlsOptions } from "./security/tls_socket.ts";

/** What clients may ask of us. */
export interface HttpLimits {
  /** Largest request line and header fields together, bytes; beyond it 431. */
  readonly headBytes: number;
  /** From a request's first byte (or the connection's start) to the end of its header, seconds; beyond it 408. */
  readonly headSeconds: number;
  /** How long a connection may rest between requests, seconds. */
  readonly idleSeconds: number;
  /** How long nothing may move on a connection whose request is being answered, seconds. */
  readonly stallSeconds: number;
  /** Connections per address that is listened on; when they are all taken, one of the client with the most makes room. */
  readonly connections: number;
  /** How often the deadline of headers is looked at, seconds. */
  readonly checkSeconds: number;
  /** How often to see whether connections are still accepted, seconds. */
  readonly callSeconds: number;
}

/**
 * Generous for any scraper or browser. Resting connections outlive Prometheus's own 5 minutes, so that the client is
 * the one to close and no scrape meets a connection that is just being closed.
 */
export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  headBytes: 16 * 1024,
  headSeconds: 10,
  idleSeconds: 310,
  stallSeconds: 60,
  connections: 512,
  checkSeconds: 1,
  callSeconds: 10,
};

/** What a server works with. */
export interface NodeServerOptions {
  /** What clients may ask of us. */
  readonly limits: HttpLimits;
  /** Whether the end is near: answers are the last on their connection then. */
  readonly isEnding: () => boolean;
  /** Told when connections cannot be accepted. */
  readonly onError?: (error: unknown) => void;
  /** TLS; answers go out in the clear when absent or null. */
  readonly tls?: TlsSettings | null;
  /** Told why a client did not get past the handshake, one sentence. */
  readonly onRefusedClient?: (reason: string) => void;
}

/** A server and its connections. */
export interface NodeServer {
  /** The server, not yet listening. */
  readonly server: Server;
  /** Whether there ever was a connection. */
  hasAccepted(): boolean;
  /** Ends the quarter of the connections that has waited longest. */
  evictConnection(): void;
  /** Ends the connections on which nothing is being answered. */
  closeWaiting(): void;
  /** Ends every connection. */
  closeAll(): void;
  /** Takes other TLS settings: for connections from now on. Without TLS it does nothing. */
  setTls(tls: TlsSettings): void;
}

/**
 * Makes Node's HTTP server with our limits, which hands every request to an app.
 *
 * @param app Answers every request.
 * @param options Limits, and whom to tell.
 */
export function createNodeServer(app: App, options: NodeServerOptions): NodeServer {
  const { limits, isEnding, onRefusedClient } = options;
  const connections = new Connections(limits.connections);
  let tls = options.tls ?? null;
  const server = makeServer(tls, {
    maxHeaderSize: limits.headBytes,
    headersTimeout: limits.headSeconds * 1000,
    requestTimeout: limits.headSeconds * 1000,
    keepAliveTimeout: limits.idleSeconds * 1000,
    connectionsCheckingInterval: limits.checkSeconds * 1000,
    noDelay: true,
    // Left to us, who say so in a sentence.
    requireHostHeader: false,
  });
  server.maxConnections = limits.connections;
  server.timeout = limits.stallSeconds * 1000;
  const refused = new WeakSet<Socket>();
  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (refused.has(incoming.socket)) {
      outgoing.destroy();
      return;
    }
    connections.begin(incoming.socket);
    outgoing.once("close", () => connections.end(incoming.socket));
    // Rejects only when the client has gone: nobody is left to tell.
    answer(app, { incoming, outgoing, isLast: isEnding }).catch(() => outgoing.destroy());
  };
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    // Node's own limit begins with the first byte of HTTP.
    if (tls !== null) connections.limitHandshake(socket, limits.headSeconds);
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    connections.replaceRaw(socket);
    const reason = tls === null ? null : refuseSocket(socket, tls);
    if (reason === null) return;
    refused.add(socket);
    socket.destroy();
    onRefusedClient?.(`A client was refused: ${reason}`);
  });
  server.on("request", onRequest);
  // Bodies are not wanted, so the answer is the same whatever the client expects before it sends one.
  server.on("checkContinue", onRequest);
  server.on("checkExpectation", onRequest);
  server.on("connect", (_, socket: Duplex) => refuse(socket, methodNotAllowed("CONNECT")));
  server.on("clientError", (error: Error, socket: Duplex) => {
    if (tls !== null && !(socket instanceof TLSSocket)) {
      onRefusedClient?.(`A handshake failed: ${error.message}`);
    }
    const refusal = describe(error, { socket, limits });
    if (refusal === null) socket.destroy();
    else refuse(socket, refusal);
  });
  // Without a listener the process would end. An address that cannot be bound is told by who binds it.
  server.once("listening", () =>
    server.on("error", (error) => {
      if (server.listening) options.onError?.(error);
    }));
  return {
    server,
    hasAccepted: () => connections.hasAccepted,
    evictConnection: () => connections.endWaiting({ share: 1 / 4 }),
    closeWaiting: () => connections.closeWaiting(),
    closeAll() {
      connections.closeAll();
      server.closeAllConnections();
    },
    setTls(settings) {
      if (tls === null) return;
      tls = settings;
      applyTls(server, settings);
    },
  };
}

function makeServer(tls: TlsSettings | null, options: ServerOptions): Server {
  return tls === null ? createServer(options) : createTlsServer({ ...options, ...tlsOptions(tls) });
}

/** The refusal of what Node's parser cannot make a request of; null when there is nobody to tell. */
function describe(
  error: Error,
  { socket, limits }: { readonly socket: Duplex; readonly limits: HttpLimits },
): HttpError | null {
  // Nothing was asked, so nothing is answered: browsers connect ahead of need.
  if (!(socket instanceof Socket) || socket.bytesRead === 0) return null;
  const code = "code" in error ? String(error.code) : "";
  // There is no common language to answer in.
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_")) return null;
  switch (code) {
    case "ECONNRESET":
    case "EPIPE":
      return null;
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new HttpError(
        STATUS_CODE.RequestTimeout,
        `The request did not arrive within ${limits.headSeconds} s: send it at once`,
      );
    case "HPE_HEADER_OVERFLOW":
      return new HttpError(
        STATUS_CODE.RequestHeaderFieldsTooLarge,
        `The request line and header are too large: at most ${limits.headBytes} bytes are read`,
      );
    case "HPE_PAUSED_H2_UPGRADE":
      return new HttpError(STATUS_CODE.HTTPVersionNotSupported, "HTTP/2 is not spoken here: use HTTP/1.1");
    default:
      return new HttpError(
        STATUS_CODE.BadRequest,
        "Cannot understand the request: expected request line and header fields of HTTP/1.1, over " +
          (socket instanceof TLSSocket ? "https://" : "plain http://"),
      );
  }
}

/** Open connections, the one that has waited longest first. */
class Connections {
  readonly #max: number;
  readonly #held = new Map<Socket, Held>();
  readonly #handshakes = new Map<Socket, ReturnType<typeof setTimeout>>();
  /** Whether there ever was one. */
  hasAccepted = false;

  constructor(max: number) {
    this.#max = max;
  }

  add(socket: Socket): void {
    this.hasAccepted = true;
    // One place is kept free: Node turns the client away that finds none.
    if (this.#held.size + 1 >= this.#max) this.#end(whomToEnd(this.#held));
    this.#held.set(socket, { client: clientKey(socket.remoteAddress ?? ""), answers: 0 });
    socket.once("close", () => this.#held.delete(socket));
  }

  #end(socket: Socket | null): void {
    if (socket === null) return;
    this.#held.delete(socket);
    socket.destroy();
  }

  limitHandshake(socket: Socket, seconds: number): void {
    const timer = setTimeout(() => socket.destroy(), seconds * 1000);
    this.#handshakes.set(socket, timer);
    socket.once("close", () => this.#endHandshake(socket));
  }

  /** The connection under a TLS connection is counted once, as the latter. */
  replaceRaw(socket: TLSSocket): void {
    for (const raw of this.#handshakes.keys()) {
      if (raw.remotePort !== socket.remotePort || raw.remoteAddress !== socket.remoteAddress) continue;
      this.#endHandshake(raw);
      this.#held.delete(raw);
    }
    this.add(socket);
  }

  #endHandshake(raw: Socket): void {
    clearTimeout(this.#handshakes.get(raw));
    this.#handshakes.delete(raw);
  }

  begin(socket: Socket): void {
    const held = this.#held.get(socket);
    if (held !== undefined) this.#held.set(socket, { ...held, answers: held.answers + 1 });
  }

  end(socket: Socket): void {
    const held = this.#held.get(socket);
    if (held === undefined) return;
    // Set anew, so that it is the last in line.
    this.#held.delete(socket);
    this.#held.set(socket, { ...held, answers: held.answers - 1 });
  }

  endWaiting(options: { readonly share: number }): void {
    let rest = Math.ceil(this.#held.size * options.share);
    for (const [socket, { answers }] of this.#held) {
      if (answers > 0) continue;
      if (rest-- <= 0) return;
      this.#end(socket);
    }
  }

  closeWaiting(): void {
    for (const [socket, { answers }] of this.#held) if (answers === 0) socket.destroy();
  }

  closeAll(): void {
    for (const socket of this.#held.keys()) socket.destroy();
  }
}
