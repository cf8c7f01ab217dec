/**
 * SCRAM-SHA-256 as in PostgreSQL, with and without channel binding.
 *
 * The driver's own neither binds the login to the TLS connection nor requires the server to prove that it knows the
 * password.
 * {@link https://www.postgresql.org/docs/current/sasl-authentication.html}, RFC 5802, RFC 7677
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash, createHmac, pbkdf2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** How a login is bound to the TLS connection: not, not because the server does not offer it, or by certificate hash. */
export type Binding = { readonly kind: "none" } | { readonly kind: "not_offered" } | {
  readonly kind: "certificate";
  readonly hash: Uint8Array;
};

/** The client's side of one exchange. */
export interface ScramExchange {
  /** Name of the mechanism. */
  readonly mechanism: "SCRAM-SHA-256" | "SCRAM-SHA-256-PLUS";
  /** The client's first message. */
  readonly first: string;
  /** Answers the server's first message. */
  answer(serverFirst: string): Promise<string>;
  /** Whether the server's last message proves that it knows the password. */
  isProof(serverFinal: string): boolean;
}

/** Some seconds of work; PostgreSQL's default is 4096. Without a limit, a false server could cause minutes of work. */
const MOST_ITERATIONS = 5_000_000;

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/**
 * Normalizes a password almost as SASLprep does: every kind of space becomes a space, invisible characters are removed,
 * and the rest is composed (NFKC).
 */
function saslPrep(password: string): string {
  // deno-lint-ignore no-control-regex
  if (/^[\x00-\x7f]*$/.test(password)) return password;
  const prepared = password
    .replaceAll(/[\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]/g, " ")
    .replaceAll(/[\u00AD\u034F\u1806\u180B-\u180D\u200B-\u200D\u2060\uFE00-\uFE0F\uFEFF]/g, "")
    .normalize("NFKC");
  return prepared === "" ? password : prepared;
}

const stretch = promisify(pbkdf2);

function scramFields(message: string): ReadonlyMap<string, string> {
  return new Map(message.split(",").map((part) => [part.slice(0, 1), part.slice(2)]));
}

const GS2_HEADERS = { none: "n,,", not_offered: "y,,", certificate: "p=tls-server-end-point,," } as const;

/**
 * Starts an exchange.
 *
 * @param options `binding`: how the login is bound to TLS; `nonce`: random text without commas.
 */
export function beginScram(
  password: string,
  { binding, nonce }: { readonly binding: Binding; readonly nonce: string },
): ScramExchange {
  const header = GS2_HEADERS[binding.kind];
  const bare = `n=,r=${nonce}`;
  let serverSignature: Buffer | null = null;
  return {
    mechanism: binding.kind === "certificate" ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256",
    first: header + bare,
    async answer(serverFirst) {
      const fields = scramFields(serverFirst);
      const [serverNonce = "", salt = "", iterations = ""] = ["r", "s", "i"].map((key) => fields.get(key));
      // A nonce that does not start with the client's belongs to another exchange.
      if (
        !serverNonce.startsWith(nonce) || serverNonce.length === nonce.length || !/^\d{1,9}$/.test(iterations)
      ) {
        throw new Error("malformed SCRAM message from the server");
      }
      if (Number(iterations) > MOST_ITERATIONS) {
        throw new Error(
          `the server asks for ${iterations} SCRAM iterations, expected at most ${MOST_ITERATIONS}: check scram_iterations there`,
        );
      }
      const bound = binding.kind === "certificate" ? binding.hash : new Uint8Array();
      const final = `c=${Buffer.concat([Buffer.from(header), bound]).toString("base64")},r=${serverNonce}`;
      const message = `${bare},${serverFirst},${final}`;
      const rounds = Math.max(1, Number(iterations));
      const salted = await stretch(saslPrep(password), Buffer.from(salt, "base64"), rounds, 32, "sha256");
      const clientKey = hmac(salted, "Client Key");
      const signature = hmac(createHash("sha256").update(clientKey).digest(), message);
      serverSignature = hmac(hmac(salted, "Server Key"), message);
      const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
      return `${final},p=${proof.toString("base64")}`;
    },
    isProof(serverFinal) {
      const given = Buffer.from(scramFields(serverFinal).get("v") ?? "", "base64");
      return serverSignature !== null && given.length === serverSignature.length &&
        timingSafeEqual(given, serverSignature);
    },
  };
}
