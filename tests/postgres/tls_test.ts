import { assertEquals } from "@std/assert";
import { tlsOption } from "../../src/postgres/tls.ts";
import type { SslMode } from "../../src/config/config.ts";
import { target } from "../fixtures/targets.ts";

const readTextFile = (path: string) => Promise.resolve(`contents of ${path}`);

function option(sslMode: SslMode, sslRootCert = "") {
  return tlsOption(target({ host: "db1.example", sslMode, sslRootCert }), readTextFile);
}

Deno.test("tlsOption() follows libpq's sslmode", async () => {
  assertEquals(await option("disable"), false);
  assertEquals(await option("allow"), false);
  assertEquals(await option("prefer"), "prefer");
  assertEquals(await option("require"), { rejectUnauthorized: false });
  assertEquals(await option("verify-full", "/root.crt"), {
    ca: "contents of /root.crt",
    servername: "db1.example",
  });
});

Deno.test("tlsOption() verifies the chain but not the name for verify-ca, and for require with a root certificate", async () => {
  for (const mode of ["verify-ca", "require"] as const) {
    const options = await option(mode, "/root.crt");
    if (typeof options !== "object") throw new TypeError("expected options");
    assertEquals(options.ca, "contents of /root.crt");
    assertEquals(options.rejectUnauthorized, undefined, "the chain is verified");
    const check: unknown = options.checkServerIdentity;
    if (typeof check !== "function") throw new TypeError("expected the check of the name to be replaced");
    assertEquals(check("other.example", {}), undefined);
  }
});

Deno.test("tlsOption() hands over the client certificate and key", async () => {
  const options = await tlsOption(
    target({ sslMode: "require", sslCert: "/client.crt", sslKey: "/client.key" }),
    readTextFile,
  );
  assertEquals(options, {
    cert: "contents of /client.crt",
    key: "contents of /client.key",
    rejectUnauthorized: false,
  });
});

Deno.test("tlsOption() uses no TLS over a Unix socket, as libpq", async () => {
  assertEquals(
    await tlsOption(target({ host: "/run/postgresql", sslMode: "verify-full" }), readTextFile),
    false,
  );
});
