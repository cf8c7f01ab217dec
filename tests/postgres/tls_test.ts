import { assertEquals, assertRejects } from "@std/assert";
import { DEFAULT_LIBPQ_SETTINGS, type LibpqSettings } from "../../src/config/libpq_settings.ts";
import type { ConnectionTarget, SslMode } from "../../src/config/config.ts";
import type { FileFacts } from "../../src/postgres/private_file.ts";
import { encryptionsFor, findTlsFiles, readTlsPlan, TlsError } from "../../src/postgres/tls.ts";
import { makePair } from "../fixtures/certificates.ts";
import { target } from "../fixtures/targets.ts";

const { certificate: CERTIFICATE, key: KEY } = makePair();

/** Files by path, each with its mode, owned by an ordinary user. */
function access(files: Readonly<Record<string, { text: string; mode?: number }>>) {
  return {
    readTextFile: (path: string) => {
      const file = files[path];
      return file ? Promise.resolve(file.text) : Promise.reject(new Deno.errors.NotFound("no such file"));
    },
    readFacts: (path: string): Promise<FileFacts | null> => {
      const file = files[path];
      return Promise.resolve(file ? { isFile: true, mode: file.mode ?? 0o600, isOfRoot: false } : null);
    },
  };
}

const FILES = access({
  "/root.crt": { text: CERTIFICATE },
  "/client.crt": { text: CERTIFICATE },
  "/client.key": { text: KEY },
  "/open.key": { text: KEY, mode: 0o640 },
  "/locked.key": { text: KEY.replaceAll("PRIVATE", "ENCRYPTED PRIVATE") },
  "/other.key": { text: makePair().key },
  "/garbage": { text: "garbage" },
  "/home/postgresql.crt": { text: CERTIFICATE },
  "/home/postgresql.key": { text: KEY },
  "/home/root.crt": { text: CERTIFICATE },
});

function libpq(changes: Partial<LibpqSettings>): LibpqSettings {
  return { ...DEFAULT_LIBPQ_SETTINGS, ...changes };
}

async function verification(sslMode: SslMode, changes: Partial<ConnectionTarget> = {}): Promise<string> {
  return (await readTlsPlan(target({ sslMode, ...changes }), FILES)).verification;
}

async function problemOf(changes: Partial<ConnectionTarget>): Promise<string> {
  const error = await assertRejects(
    () => readTlsPlan(target({ sslMode: "require", ...changes }), FILES),
    TlsError,
  );
  assertEquals(error.mayGoOn, false, "what is wrong here must not end in a connection without TLS");
  return error.message;
}

Deno.test("encryptionsFor() follows libpq's sslmode, and never uses TLS over a Unix socket", () => {
  const of = (sslMode: SslMode, host = "db1") =>
    encryptionsFor(target({ sslMode }), { host, hostAddress: "", port: 1 }).join();
  assertEquals(of("disable"), "plain");
  assertEquals(of("allow"), "plain,tls_if_offered");
  assertEquals(of("prefer"), "tls_if_offered,plain");
  for (const mode of ["require", "verify-ca", "verify-full"] as const) assertEquals(of(mode), "tls");
  assertEquals(of("verify-full", "/run/postgresql"), "plain");
});

Deno.test("readTlsPlan() checks what the mode requires, and the chain whenever there are root certificates", async () => {
  assertEquals(await verification("require"), "nothing");
  assertEquals(await verification("prefer"), "nothing");
  for (const mode of ["allow", "prefer", "require", "verify-ca"] as const) {
    assertEquals(await verification(mode, { sslRootCert: "/root.crt" }), "chain", mode);
    assertEquals(
      await verification(mode, { libpq: libpq({ certificateDirectory: "/home" }) }),
      "chain",
      mode,
    );
  }
  assertEquals(await verification("verify-full", { sslRootCert: "/root.crt" }), "name");
});

Deno.test("findTlsFiles() finds the configured files, and libpq's default files if they exist", async () => {
  const find = (changes: Partial<ConnectionTarget>) => findTlsFiles(target(changes), FILES);
  const none = { root: null, certificate: null, key: null };
  assertEquals(await find({}), none);
  assertEquals(await find({ libpq: libpq({ certificateDirectory: "/elsewhere" }) }), none);
  const home = { certificateDirectory: "/home" };
  const found = { root: "/home/root.crt", certificate: "/home/postgresql.crt", key: "/home/postgresql.key" };
  assertEquals(await find({ libpq: libpq(home) }), found);
  assertEquals(await find({ sslRootCert: "/none.crt", sslKey: "/none.key", libpq: libpq(home) }), {
    ...found,
    root: "/none.crt",
    key: "/none.key",
  });
  assertEquals(
    await find({ libpq: libpq({ ...home, showsCertificate: false, usesSystemRoots: true }) }),
    none,
  );
});

Deno.test("readTlsPlan() requires root certificates to verify, and every configured file", async () => {
  for (const sslMode of ["verify-ca", "verify-full"] as const) {
    assertEquals(/needs root certificates/.test(await problemOf({ sslMode })), true);
  }
  assertEquals(/nowhere.crt cannot be read/.test(await problemOf({ sslRootCert: "/nowhere.crt" })), true);
  assertEquals(/no certificate in PEM/.test(await problemOf({ sslRootCert: "/garbage" })), true);
});

Deno.test("readTlsPlan() returns the client certificate and versions", async () => {
  const read = async (changes: Partial<ConnectionTarget>) => {
    const { options: { cert, key, minVersion, maxVersion } } = await readTlsPlan(
      target({ sslMode: "require", ...changes }),
      FILES,
    );
    return [cert, key, minVersion, maxVersion];
  };
  assertEquals(await read({}), [undefined, undefined, "TLSv1.2", undefined]);
  assertEquals(await read({ sslCert: "/client.crt", sslKey: "/client.key" }), [
    CERTIFICATE,
    KEY,
    "TLSv1.2",
    undefined,
  ]);
  const settings = libpq({ certificateDirectory: "/home", maxTlsVersion: "TLSv1.3" });
  assertEquals(await read({ libpq: settings }), [CERTIFICATE, KEY, "TLSv1.2", "TLSv1.3"]);
  assertEquals(await read({ libpq: { ...settings, showsCertificate: false } }), [
    undefined,
    undefined,
    "TLSv1.2",
    "TLSv1.3",
  ]);
});

Deno.test("readTlsPlan() rejects a key that is missing, readable by others, encrypted or of another certificate", async () => {
  const of = (sslKey: string) => problemOf({ sslCert: "/client.crt", sslKey });
  assertEquals(/but not its private key/.test(await of("")), true);
  assertEquals(/but not its private key \/none.key/.test(await of("/none.key")), true);
  assertEquals(/mode 0640.*run chmod 0600 \/open.key/.test(await of("/open.key")), true);
  assertEquals(/is encrypted: give its passphrase/.test(await of("/locked.key")), true);
  assertEquals(
    await of("/other.key"),
    "private key file /other.key is not the key of the certificate: give both of one pair",
  );
  assertEquals(
    await problemOf({ sslCert: "/garbage", sslKey: "/client.key" }),
    "certificate file /garbage holds no certificate in PEM form",
  );
  const wrong = await problemOf({
    sslCert: "/client.crt",
    sslKey: "/locked.key",
    libpq: libpq({ sslPassword: target().password }),
  });
  assertEquals([/cannot be decrypted/.test(wrong), wrong.includes("canary")], [true, false]);
});
