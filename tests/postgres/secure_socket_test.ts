import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DEFAULT_LIBPQ_SETTINGS } from "../../src/config/libpq_settings.ts";
import { explainTls, secure } from "../../src/postgres/secure_socket.ts";
import { TlsError, type TlsPlan } from "../../src/postgres/tls.ts";
import { message, withFakeServer } from "./fake_server.ts";

const plan: TlsPlan = { options: {}, verification: "nothing" };
const options = {
  endpoint: { host: "db1", hostAddress: "", port: 1 },
  plan,
  settings: DEFAULT_LIBPQ_SETTINGS,
  signal: new AbortController().signal,
};
const text = (words: string) => new TextEncoder().encode(words);

async function failureOf(answer: readonly Uint8Array[] | null): Promise<Error> {
  let failure = new Error("It did not fail");
  await withFakeServer([answer], async (socket) => {
    failure = await assertRejects(() => secure(socket, options), Error);
  });
  return failure;
}

Deno.test("secure() requests TLS first, and accepts a refusal", async () => {
  await withFakeServer([[text("N")]], async (socket, heard) => {
    assertEquals(await secure(socket, options), null);
    assertEquals(heard, ["\0\0\0\x08\x04\xd2\x16\x2f"]);
  });
});

Deno.test("secure() trusts nothing that was sent before TLS began", async () => {
  assertStringIncludes((await failureOf([text("Smore")])).message, "before TLS began");
});

Deno.test("secure() repeats no error from before TLS, and detects what is not PostgreSQL", async () => {
  const error = await failureOf([message("E", "SFATAL\0VFATAL\0C53300\0Mcall this number\0\0")]);
  assertStringIncludes(error.message, "with an error: look for the reason in its log");
  assertEquals([error.message.includes("number"), error instanceof TlsError && error.mayGoOn], [false, true]);
  assertStringIncludes((await failureOf([text("HTTP/1.1 400\r\n")])).message, "not PostgreSQL");
  assertStringIncludes((await failureOf(null)).message, "closed");
});

Deno.test("secure() starts at once with direct TLS, and reports the requirement when the server closes the connection", async () => {
  await withFakeServer([null], async (socket, heard) => {
    const error = await assertRejects(
      () => secure(socket, { ...options, settings: { ...DEFAULT_LIBPQ_SETTINGS, isDirectTls: true } }),
      TlsError,
    );
    assertStringIncludes(error.message, "sslnegotiation=direct needs PostgreSQL 17 or later with ssl = on");
    // The first bytes are a handshake record (22) that contains the name of the protocol.
    assertEquals(heard[0]?.charCodeAt(0), 22);
    assertStringIncludes(heard[0] ?? "", "\x0apostgresql");
  });
});

Deno.test("explainTls() explains every known error of a handshake, and keeps the text of others", () => {
  const of = (code: string, verification: TlsPlan["verification"] = "chain") =>
    explainTls(Object.assign(new Error("x"), { code }), { plan: { ...plan, verification } }).message;
  for (
    const [code, words] of [
      ["CERT_HAS_EXPIRED", "has expired"],
      ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "check sslrootcert"],
      ["SELF_SIGNED_CERT_IN_CHAIN", "check sslrootcert"],
      [
        "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
        "basicConstraints=critical,CA:FALSE",
      ],
      ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "no version of TLS"],
      ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "client certificate"],
      ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "our client certificate"],
      ["ECONNRESET", "closed during the handshake"],
    ] as const
  ) assertStringIncludes(of(code), words, code);
  assertEquals(of("SOMETHING"), "SOMETHING x; the certificate was being checked");
  assertEquals(explainTls("odd", { plan }).message, "odd");
});
