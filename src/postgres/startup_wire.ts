import type { Socket } from "node:net";
import { Buffer } from "node:buffer";
import { codedError } from "./errors.ts";

/** Messages of a login are short; a longer one is not PostgreSQL's. */
const LONGEST_MESSAGE = 100_000;

/** Message of the error when an answer is not a message of PostgreSQL. */
export const NOT_POSTGRESQL =
  "what listens there is not PostgreSQL: it does not speak its protocol; check host and port";

/** An error message of the server; its fields have the names that the driver uses. */
export class ServerError extends Error {
  /** Class name, for logs. */
  override readonly name = "ServerError";
  /** SQLSTATE. */
  readonly code: string;
  /** Severity; only errors that a server sent have one. */
  readonly severity: string;
  /** Name of the server's function that raised it, which no language changes; absent when a pooler sent it. */
  readonly routine?: string | undefined;

  /** Reads the fields of an error message. */
  constructor(body: Buffer) {
    const fields = new Map(
      body.toString("utf8").split("\0").map((field) => [field.charAt(0), field.slice(1)] as const),
    );
    super(fields.get("M") ?? "The server sent an error without a message");
    this.code = fields.get("C") ?? "";
    this.severity = fields.get("V") ?? fields.get("S") ?? "ERROR";
    this.routine = fields.get("R");
  }
}

/** A message of the protocol: type, length, body. */
export function protocolMessage(type: string, body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type, "latin1"), length, body]);
}

/** Reads the messages of a login from a socket; afterwards the socket belongs to the caller again. */
export class StartupWire {
  readonly #socket: Socket;
  #unread = Buffer.alloc(0);
  #failure: Error | null = null;
  #wake: () => void = () => {};
  readonly #onData = (chunk: Buffer) => {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    this.#wake();
  };
  readonly #onError = (error: Error) => {
    this.#failure ??= error;
    this.#wake();
  };
  readonly #onClose = () =>
    this.#onError(codedError("CONNECTION_CLOSED", "The connection was closed during the login"));

  /** Listens to the socket. */
  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", this.#onData);
    socket.on("error", this.#onError);
    // Not "end": the cause, such as a TLS alert, comes between "end" and "close".
    socket.on("close", this.#onClose);
    // A listener alone does not start a paused socket.
    socket.resume();
  }

  /** Sends bytes. */
  write(bytes: Uint8Array): void {
    if (this.#failure === null) this.#socket.write(bytes);
  }

  /**
   * The next message: its type, one letter, and what follows the length.
   *
   * @throws {ServerError} When it is an error message.
   * @throws {Error} When the connection ends, or the answer is not a message of PostgreSQL.
   */
  async read(): Promise<{ readonly type: string; readonly body: Buffer }> {
    await this.#receive(5);
    const [type, length] = [this.#unread.toString("latin1", 0, 1), this.#unread.readUInt32BE(1)];
    if (length < 4 || length > LONGEST_MESSAGE) throw new Error(NOT_POSTGRESQL);
    await this.#receive(length + 1);
    const body = Buffer.from(this.#unread.subarray(5, length + 1));
    this.#unread = this.#unread.subarray(length + 1);
    if (type === "E") throw new ServerError(body);
    return { type, body };
  }

  /**
   * Stops listening. The next listener must be there already, or data is lost. The socket is never paused: older
   * versions of Deno return wrong data after a pause.
   *
   * @returns What was received and not read.
   */
  release(): Buffer {
    this.#socket.off("data", this.#onData);
    this.#socket.off("error", this.#onError);
    this.#socket.off("close", this.#onClose);
    return this.#unread;
  }

  /** Waits until this many bytes have been received. */
  async #receive(count: number): Promise<void> {
    while (this.#unread.length < count) {
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}
