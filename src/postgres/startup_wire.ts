import type { Socket } from "node:net";
import { Buffer } from "node:buffer";

/** A message of the server. */
export interface Message {
  /** Its type, one letter. */
  readonly type: string;
  /** What follows the length. */
  readonly body: Buffer;
}

/** A message of a login is short; anything longer is not PostgreSQL. */
const LONGEST_MESSAGE = 100_000;

/** What an error message of the server says, with the names that the driver gives its fields. */
export class ServerError extends Error {
  /** Class name, for logs. */
  override readonly name = "ServerError";
  /** SQLSTATE. */
  readonly code: string;
  /** How bad it is; only what a server said has it. */
  readonly severity: string;

  /** Reads the fields of an error message. */
  constructor(body: Buffer) {
    const fields = new Map(
      body.toString("utf8").split("\0").filter((field) => field !== "").map((field) =>
        [field.charAt(0), field.slice(1)] as const
      ),
    );
    super(fields.get("M") ?? "The server sent an error without words");
    this.code = fields.get("C") ?? "";
    this.severity = fields.get("V") ?? fields.get("S") ?? "ERROR";
  }
}

/** A connection that the other side closed during the login. */
function closedError(): Error {
  return Object.assign(new Error("The connection was closed during the login"), {
    code: "CONNECTION_CLOSED",
  });
}

/** Puts type and length before a message. */
export function frame(type: string, body: Uint8Array): Buffer {
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
  readonly #onEnd = () => this.#onError(closedError());

  /** Listens to the socket. */
  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", this.#onData);
    socket.on("error", this.#onError);
    // Not "end": what it died of, an alert of TLS for example, is told between that and "close".
    socket.on("close", this.#onEnd);
    // A socket that was paused does not flow because somebody listens.
    socket.resume();
  }

  /** Sends bytes. */
  write(bytes: Uint8Array): void {
    if (this.#failure === null) this.#socket.write(bytes);
  }

  /**
   * The next message.
   *
   * @throws {ServerError} When it is an error message.
   * @throws {Error} When the connection ends, or what comes is no message.
   */
  async read(): Promise<Message> {
    const [type, length] = [await this.#peek(5, (head) => head.toString("latin1", 0, 1)), this.#length()];
    if (length < 4 || length > LONGEST_MESSAGE) {
      throw new Error("What answers is not PostgreSQL: it sent no message of its protocol");
    }
    const body = await this.#peek(length + 1, (message) => Buffer.from(message.subarray(5)));
    this.#unread = this.#unread.subarray(length + 1);
    if (type === "E") throw new ServerError(body);
    return { type, body };
  }

  /**
   * Stops listening; the next listener must be there already, or what comes is lost. The socket is never paused:
   * older versions of Deno mix up what they read after that.
   *
   * @returns What was received and not read.
   */
  release(): Buffer {
    this.#socket.off("data", this.#onData);
    this.#socket.off("error", this.#onError);
    this.#socket.off("close", this.#onEnd);
    return this.#unread;
  }

  #length(): number {
    return this.#unread.readUInt32BE(1);
  }

  /** Waits until so many bytes are there, then reads from them. */
  async #peek<T>(count: number, read: (bytes: Buffer) => T): Promise<T> {
    while (this.#unread.length < count) {
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return read(this.#unread.subarray(0, count));
  }
}
