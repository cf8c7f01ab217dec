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
import { connectionToEvict, type OpenConnection } from "./evict_connection.ts";
import { methodNotAllowed } from "./middleware.ts";
import { answerExchange, refuseConnection } from "./node_adapter.ts";
import type { TlsSettings } from "./security/security.ts";
import { applyTls, refuseSocket, tlsOptions } from "./security/tls_socket.ts";

/** Limits of connections and requests. */
export interface HttpLimits {
  /** Largest request line plus header fields, bytes; beyond it 431. */
  readonly headBytes: number;
  /** Time from a request's first byte (or the connection's start) to the end of its header, seconds; beyond it 408. */
  readonly headSeconds: number;
  /** How long a connection may be idle between requests, seconds. */
  readonly idleSeconds: number;
  /** How long a connection may stall while a request is being answered, seconds. */
  readonly stallSeconds: number;
  /** Connections per listen address; at the limit one of the client with the most connections is evicted. */
  readonly connections: number;
  /** Interval at which the deadline of headers is checked, seconds. */
  readonly checkSeconds: number;
  /** Interval at which the server tests whether it still accepts connections, seconds. */
  readonly callSeconds: number;
}

/**
 * Generous for any scraper or browser. Idle connections outlive Prometheus's own 5 minutes, so that the client closes
 * them and no scrape hits a connection that is just being closed.
 */
export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  headBytes: 16 * 1024,
  headSeconds: 10,
  idleSeconds: 310,
  stallSeconds: 60,
  connections: 512,
  checkSeconds: 5,
  callSeconds: 10,
};

/** What a server needs. */
export interface NodeServerOptions {
  /** Limits of connections and requests. */
  readonly limits: HttpLimits;
  /** Whether the exporter is stopping: then each answer is the last on its connection. */
  readonly isEnding: () => boolean;
  /** Called when connections cannot be accepted. */
  readonly onError?: (error: unknown) => void;
  /** TLS; plain HTTP when absent or null. */
  readonly tls?: TlsSettings | null;
  /** Called with the reason, one sentence, when a TLS handshake fails or a client is refused. */
  readonly onRefusedClient?: (reason: string) => void;
}

/** A server and its connections. */
export interface NodeServer {
  /** The server, not yet listening. */
  readonly server: Server;
  /** Whether it ever accepted a connection. */
  hasAccepted(): boolean;
  /** Closes idle connections, the oldest first, up to a quarter of all. */
  closeOldestIdle(): void;
  /** Closes the connections on which no request is being answered. */
  closeIdle(): void;
  /** Closes every connection. */
  closeAll(): void;
  /** Sets the TLS settings of new connections. No effect without TLS. */
  setTls(tls: TlsSettings): void;
}

/**
 * Creates Node's HTTP server with our limits; it passes every request to an app.
 *
 * @param app Answers every request.
 * @param options Limits, TLS and callbacks.
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
    // Checked by us, with a sentence for the client.
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
    connections.countAnswer(incoming.socket, 1);
    outgoing.once("close", () => connections.countAnswer(incoming.socket, -1));
    // Rejects only when the client has disconnected.
    answerExchange(app, { incoming, outgoing, isLast: isEnding }).catch(() => outgoing.destroy());
  };
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    // Node's own limit starts with the first byte of HTTP.
    if (tls !== null) connections.limitHandshake(socket, limits.headSeconds);
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    connections.replaceRaw(socket);
    const reason = tls === null ? null : refuseSocket(socket, tls);
    if (reason === null) return;
    refused.add(socket);
    socket.destroy();
    onRefusedClient?.(`Client refused: ${reason}`);
  });
  server.on("request", onRequest);
  // Bodies are not read, so the client need not wait before it sends one.
  server.on("checkContinue", onRequest);
  server.on("checkExpectation", onRequest);
  server.on("connect", (_, socket: Duplex) => refuseConnection(socket, methodNotAllowed("CONNECT")));
  server.on("clientError", (error: Error, socket: Duplex) => {
    if (tls !== null && !(socket instanceof TLSSocket)) {
      onRefusedClient?.(`TLS handshake failed: ${error.message}`);
    }
    const refusal = refusalOf(error, { socket, limits });
    if (refusal === null) socket.destroy();
    else refuseConnection(socket, refusal);
  });
  // Without a listener the process would end. An address that cannot be bound is reported by the caller.
  server.once("listening", () =>
    server.on("error", (error) => {
      if (server.listening) options.onError?.(error);
    }));
  return {
    server,
    hasAccepted: () => connections.hasAccepted,
    closeOldestIdle: () => connections.closeIdle(Math.ceil(connections.size / 4)),
    closeIdle: () => connections.closeIdle(),
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

/** The refusal of a request that Node's parser rejects; null when it cannot be sent. */
function refusalOf(
  error: Error,
  { socket, limits }: { readonly socket: Duplex; readonly limits: HttpLimits },
): HttpError | null {
  // No request, no answer: browsers open connections in advance.
  if (!(socket instanceof Socket) || socket.bytesRead === 0) return null;
  const code = "code" in error ? String(error.code) : "";
  // The TLS connection cannot carry an answer.
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_")) return null;
  switch (code) {
    case "ECONNRESET":
    case "EPIPE":
      return null;
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new HttpError(
        STATUS_CODE.RequestTimeout,
        `The request was not complete within ${limits.headSeconds} s: send it at once`,
      );
    case "HPE_HEADER_OVERFLOW":
      return new HttpError(
        STATUS_CODE.RequestHeaderFieldsTooLarge,
        `The request line and header are too large: expected at most ${limits.headBytes} bytes`,
      );
    case "HPE_PAUSED_H2_UPGRADE":
      return new HttpError(STATUS_CODE.HTTPVersionNotSupported, "HTTP/2 is not supported: use HTTP/1.1");
    default:
      return new HttpError(
        STATUS_CODE.BadRequest,
        "Malformed request: expected request line and header fields of HTTP/1.1, over " +
          (socket instanceof TLSSocket ? "https://" : "plain http://"),
      );
  }
}

/** Open connections, the one that is idle longest first. */
class Connections {
  readonly #max: number;
  readonly #open = new Map<Socket, OpenConnection>();
  readonly #handshakes = new Map<Socket, ReturnType<typeof setTimeout>>();
  hasAccepted = false;

  constructor(max: number) {
    this.#max = max;
  }

  add(socket: Socket): void {
    this.hasAccepted = true;
    // One below the limit, at which Node rejects clients itself.
    if (this.#open.size + 1 >= this.#max) this.#close(connectionToEvict(this.#open));
    this.#open.set(socket, { client: clientKey(socket.remoteAddress ?? ""), answers: 0 });
    socket.once("close", () => this.#open.delete(socket));
  }

  get size(): number {
    return this.#open.size;
  }

  #close(socket: Socket | null): void {
    if (socket === null) return;
    this.#open.delete(socket);
    socket.destroy();
  }

  limitHandshake(socket: Socket, seconds: number): void {
    const timer = setTimeout(() => socket.destroy(), seconds * 1000);
    this.#handshakes.set(socket, timer);
    socket.once("close", () => this.#endHandshake(socket));
  }

  /** Replaces the TCP connection of a TLS connection, so that both count once. */
  replaceRaw(socket: TLSSocket): void {
    for (const raw of this.#handshakes.keys()) {
      if (raw.remotePort !== socket.remotePort || raw.remoteAddress !== socket.remoteAddress) continue;
      this.#endHandshake(raw);
      this.#open.delete(raw);
    }
    this.add(socket);
  }

  #endHandshake(raw: Socket): void {
    clearTimeout(this.#handshakes.get(raw));
    this.#handshakes.delete(raw);
  }

  /** Counts an answer that begins (1) or ends (-1). */
  countAnswer(socket: Socket, change: 1 | -1): void {
    const connection = this.#open.get(socket);
    if (connection === undefined) return;
    // After an answer the connection moves to the end of the map.
    if (change < 0) this.#open.delete(socket);
    this.#open.set(socket, { ...connection, answers: connection.answers + change });
  }

  closeIdle(most = Infinity): void {
    const idle = this.#open.entries().filter(([, { answers }]) => answers === 0).take(most);
    for (const [socket] of [...idle]) this.#close(socket);
  }

  closeAll(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }
}
