/**
 * The login: startup message, authentication, and what the server reports of itself.
 *
 * The driver is not used for this: it can neither refuse a method (`require_auth`) nor bind the login to the TLS
 * connection (`channel_binding`), and it does not insist on the server's own proof.
 * {@link https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP}
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { AuthMethod, LibpqSettings } from "../config/libpq_settings.ts";
import { codedError } from "./errors.ts";
import { beginScram, type Binding, type ScramExchange } from "./scram.ts";
import { protocolMessage, StartupWire } from "./startup_wire.ts";

/** What a login needs. */
export interface LoginOptions {
  /** Parameters of the startup message, including `user` and `database`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The password; null when none is known. */
  readonly password: string | null;
  /** Allowed methods, and whether the login must be bound to TLS. */
  readonly settings: Pick<LibpqSettings, "allowedAuth" | "channelBinding">;
  /** Hash of the server's certificate, null when it has none; absent without TLS. */
  readonly certificateHash?: Uint8Array | null;
}

/** What a server reports at login. */
export interface Announced {
  /** Its settings, such as `server_version`. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The message with the key for cancel requests. */
  readonly key: Uint8Array;
  /** Stops listening to the socket, once the next listener is there; returns what has been received since. */
  readonly release: () => Uint8Array;
}

/** A login that the exporter refuses to complete. */
export class LoginRefused extends Error {
  /** Class name, for logs. */
  override readonly name = "LoginRefused";
}

const PROTOCOL = 196608; // 3.0

/** Methods that are not supported, by the number of the request. */
const UNSUPPORTED_REQUESTS: Readonly<Record<number, string>> = {
  2: "Kerberos",
  6: "SCM credentials",
  7: "GSSAPI",
  9: "SSPI",
};

/** The startup message. */
export function startupMessage(parameters: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(parameters).map(([name, value]) => `${name}\0${value}\0`).join("") + "\0";
  const body = Buffer.from(text, "utf8");
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8, 0);
  head.writeUInt32BE(PROTOCOL, 4);
  return Buffer.concat([head, body]);
}

/**
 * Logs in.
 *
 * @param socket A connected socket, TLS already started; it is listened to until {@linkcode Announced.release}.
 * @throws {LoginRefused} When the server asks for something that is not allowed or not available.
 * @throws {Error} The server's error, or what ended the connection.
 */
export async function logIn(socket: Socket, options: LoginOptions): Promise<Announced> {
  const wire = new StartupWire(socket);
  try {
    wire.write(startupMessage(options.parameters));
    const login = new Login(wire, options);
    const parameters = new Map<string, string>();
    let key: Uint8Array = new Uint8Array();
    for (;;) {
      const { type, body } = await wire.read();
      if (type === "R") await login.respond(body);
      else if (type === "S") {
        const [name = "", value = ""] = body.toString("utf8").split("\0");
        parameters.set(name, value);
      } else if (type === "K") key = protocolMessage(type, body);
      else if (type === "Z" && login.isAccepted) return { parameters, key, release: () => wire.release() };
      else if (type !== "N" && type !== "v") {
        throw new Error(`Unexpected message "${type.replace(/[^ -~]/, "?")}" during the login`);
      }
    }
  } catch (error) {
    wire.release();
    throw error;
  }
}

/** The exchange of requests and responses. */
class Login {
  readonly #wire: StartupWire;
  readonly #options: LoginOptions;
  #scram: ScramExchange | null = null;
  #isProven = false;
  #method: AuthMethod = "none";
  /** Whether the server accepted the login. */
  isAccepted = false;

  constructor(wire: StartupWire, options: LoginOptions) {
    this.#wire = wire;
    this.#options = options;
  }

  async respond(request: Buffer): Promise<void> {
    const kind = request.readUInt32BE(0);
    const rest = request.subarray(4);
    switch (kind) {
      case 0:
        return this.#accept();
      case 3:
        return this.#send(Buffer.from(`${this.#secretFor("password")}\0`, "utf8"));
      case 5:
        return this.#send(Buffer.from(`${this.#md5(rest.subarray(0, 4))}\0`, "latin1"));
      case 10:
        return this.#beginScram(rest.toString("latin1").split("\0").filter((name) => name !== ""));
      case 11:
        if (this.#scram === null) break;
        return this.#send(Buffer.from(await this.#scram.answer(rest.toString("utf8")), "utf8"));
      case 12:
        if (this.#scram?.isProof(rest.toString("utf8")) !== true) {
          throw codedError("SASL_SIGNATURE_MISMATCH", "The server's proof is wrong");
        }
        this.#isProven = true;
        return;
    }
    throw new LoginRefused(
      `the server asks for a login by ${
        UNSUPPORTED_REQUESTS[kind] ?? "a method"
      } that is not supported: give this role scram-sha-256, or a client certificate, in pg_hba.conf`,
    );
  }

  /** The password, if the method is allowed. */
  #secretFor(method: AuthMethod): string {
    this.#checkMethod(method);
    const { password, settings } = this.#options;
    if (settings.channelBinding === "require" && method !== "scram-sha-256") {
      throw new LoginRefused(
        `channel_binding=require needs SCRAM, but the server asks for ${method}: give this role scram-sha-256 in pg_hba.conf`,
      );
    }
    this.#method = method;
    if (password !== null) return password;
    throw codedError("NO_PASSWORD", "the server asks for a password");
  }

  #checkMethod(method: AuthMethod): void {
    const { allowedAuth } = this.#options.settings;
    if (allowedAuth === null || allowedAuth.includes(method)) return;
    const asks = method === "none" ? "asks for no authentication" : `asks for ${method}`;
    throw new LoginRefused(
      `require_auth allows ${
        allowedAuth.join(", ")
      }, but the server ${asks}: change its pg_hba.conf or require_auth`,
    );
  }

  #md5(salt: Uint8Array): string {
    const hash = (...parts: readonly (string | Uint8Array)[]) => {
      const md5 = createHash("md5");
      for (const part of parts) md5.update(part);
      return md5.digest("hex");
    };
    return `md5${hash(hash(this.#secretFor("md5"), this.#options.parameters.user ?? ""), salt)}`;
  }

  #beginScram(mechanisms: readonly string[]): void {
    const password = this.#secretFor("scram-sha-256");
    this.#scram = beginScram(password, {
      binding: this.#chooseBinding(mechanisms),
      nonce: randomBytes(18).toString("base64"),
    });
    const { mechanism, first } = this.#scram;
    if (!mechanisms.includes(mechanism)) {
      throw new LoginRefused(
        `the server offers ${mechanisms.join(", ") || "nothing"}, expected ${mechanism}`,
      );
    }
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(first));
    this.#send(Buffer.concat([Buffer.from(`${mechanism}\0`), length, Buffer.from(first)]));
  }

  #chooseBinding(mechanisms: readonly string[]): Binding {
    const { settings: { channelBinding }, certificateHash: hash } = this.#options;
    const isOffered = mechanisms.includes("SCRAM-SHA-256-PLUS");
    if (channelBinding !== "disable" && hash && isOffered) return { kind: "certificate", hash };
    if (channelBinding === "require") {
      throw new LoginRefused(
        hash === undefined
          ? "channel_binding=require needs TLS, and this connection has none"
          : hash === null
          ? "channel_binding=require needs a server certificate signed with RSA or ECDSA, but this one is not"
          : "channel_binding=require, but the server does not offer it: it is too old, or a proxy in between ends TLS",
      );
    }
    // "Not offered" declares that the client supports it: a server that did offer it then detects a man in the middle.
    return channelBinding !== "disable" && hash ? { kind: "not_offered" } : { kind: "none" };
  }

  #accept(): void {
    if (this.#scram !== null && !this.#isProven) {
      throw codedError("SASL_SIGNATURE_MISMATCH", "The server's proof is missing");
    }
    if (this.#method === "none") this.#checkMethod("none");
    const { channelBinding } = this.#options.settings;
    if (channelBinding === "require" && this.#scram?.mechanism !== "SCRAM-SHA-256-PLUS") {
      throw new LoginRefused(
        "channel_binding=require, but the server accepted a login without it: give this role scram-sha-256 in pg_hba.conf",
      );
    }
    this.isAccepted = true;
  }

  #send(body: Uint8Array): void {
    this.#wire.write(protocolMessage("p", body));
  }
}
