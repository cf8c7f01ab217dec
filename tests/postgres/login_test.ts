import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { DEFAULT_LIBPQ_SETTINGS } from "../../src/config/libpq_settings.ts";
import { logIn, type LoginOptions, LoginRefused, startupMessage } from "../../src/postgres/login.ts";
import { message, READY, request, withFakeServer } from "./fake_server.ts";

const CANARY = "canary-secret";

function options(changes: Partial<LoginOptions> = {}): LoginOptions {
  return {
    parameters: { user: "monitor", database: "postgres" },
    password: CANARY,
    settings: DEFAULT_LIBPQ_SETTINGS,
    ...changes,
  };
}

type Answers = Parameters<typeof withFakeServer>[0];

/** The error of a login; the server must not have received the password. */
async function failureOf(answers: Answers, changes: Partial<LoginOptions> = {}): Promise<Error> {
  let failure: unknown;
  await withFakeServer(answers, async (socket, heard) => {
    failure = await assertRejects(() => logIn(socket, options(changes)));
    assertFalse(heard.join().includes(CANARY), "the password was sent");
  });
  assertInstanceOf(failure, Error);
  assertFalse(failure.message.includes(CANARY));
  return failure;
}

const SCRAM = request(10, "SCRAM-SHA-256\0\0");

/** The server's first SCRAM message, with a nonce that starts with the client's. */
function continueScram(heard: string): readonly Uint8Array[] {
  const nonce = /r=([^,]+)/.exec(heard)?.[1] ?? "";
  return [request(11, `r=${nonce}server,s=AAAA,i=1`)];
}

Deno.test("startupMessage() is protocol 3.0 with names and values", () => {
  assertEquals([...startupMessage({ user: "é" })], [
    0,
    0,
    0,
    17,
    0,
    3,
    0,
    0,
    117,
    115,
    101,
    114,
    0,
    195,
    169,
    0,
    0,
  ]);
});

Deno.test("logIn() reads what the server reports, in pieces or at once", async () => {
  const [status, ready] = READY;
  assert(status && ready);
  const all = new Uint8Array([...request(0), ...status, ...message("K", "12345678"), ...ready]);
  const pieces = Array.from(all, (byte) => new Uint8Array([byte]));
  for (const answer of [[all], pieces]) {
    await withFakeServer([answer], async (socket) => {
      const { parameters, key } = await logIn(socket, options());
      assertEquals(parameters.get("server_version"), "15.0");
      assertEquals(key.length, 13);
    });
  }
});

Deno.test("logIn() trusts no server that skips its proof, or whose proof is wrong", async () => {
  const proofs: readonly Answers[] = [
    [[SCRAM], [request(0), ...READY]],
    [[SCRAM], continueScram, [request(0), ...READY]],
    [[SCRAM], continueScram, [request(12, "v=AAAA"), request(0), ...READY]],
  ];
  for (const answers of proofs) {
    const error = await failureOf(answers);
    assertEquals("code" in error && error.code, "SASL_SIGNATURE_MISMATCH");
  }
});

Deno.test("logIn() sends no password where it must not", async () => {
  const settings = { ...DEFAULT_LIBPQ_SETTINGS, channelBinding: "require" as const };
  const only = { ...DEFAULT_LIBPQ_SETTINGS, allowedAuth: ["scram-sha-256" as const] };
  for (const asked of [request(3), request(5, "salt")]) {
    assertInstanceOf(await failureOf([[asked]], { settings }), LoginRefused);
    assertInstanceOf(await failureOf([[asked]], { settings: only }), LoginRefused);
  }
  assertInstanceOf(await failureOf([[request(0), ...READY]], { settings: only }), LoginRefused);
  const hash = { settings, certificateHash: new Uint8Array(32) };
  assertStringIncludes((await failureOf([[SCRAM]], hash)).message, "does not offer it");
  assertStringIncludes((await failureOf([[SCRAM]], { settings })).message, "has none");
});

Deno.test("logIn() reports unsupported methods", async () => {
  for (const [kind, name] of [[7, "GSSAPI"], [9, "SSPI"], [2, "Kerberos"], [99, "a method"]] as const) {
    assertStringIncludes((await failureOf([[request(kind)]])).message, `by ${name} that is not supported`);
  }
  assertStringIncludes(
    (await failureOf([[request(10, "SCRAM-SHA-512\0\0")]])).message,
    "offers SCRAM-SHA-512",
  );
  const error = await failureOf([[request(3)]], { password: null });
  assertEquals("code" in error && error.code, "NO_PASSWORD");
});

Deno.test("logIn() passes on errors of the server, and detects what is not PostgreSQL", async () => {
  const said = await failureOf([[message("E", "SFATAL\0VFATAL\0C28P01\0Mno way\0\0")]]);
  assertEquals([said.message, "code" in said && said.code], ["no way", "28P01"]);
  assertStringIncludes(
    (await failureOf([[new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n")]])).message,
    "not PostgreSQL",
  );
  assertStringIncludes((await failureOf([[message("T", "x")]])).message, 'Unexpected message "T"');
  const closed = await failureOf([null]);
  assertEquals("code" in closed && closed.code, "CONNECTION_CLOSED");
});
