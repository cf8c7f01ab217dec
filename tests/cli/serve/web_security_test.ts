import { assertEquals, assertStringIncludes } from "@std/assert";
import { exposureWarnings, knowsClients, ownNames } from "../../../src/cli/serve/web_security.ts";
import { NO_SECURITY } from "../../../src/web/security/security.ts";

const TLS = {
  certificate: "",
  key: "",
  clientCa: null,
  clientAuth: "NoClientCert",
  allowedSans: null,
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.3",
} as const;
const USERS = new Map([["a", "b"]]);
const at = (...hostnames: string[]) => hostnames.map((hostname) => ({ hostname, port: 9188 }));

Deno.test("exposureWarnings() has no warning for loopback and TLS", () => {
  assertEquals(exposureWarnings(at("127.0.0.1", "::1", "localhost", "127.1.2.3"), NO_SECURITY), []);
  assertEquals(exposureWarnings(at(""), { tls: TLS, users: new Map() }), []);
});

Deno.test("exposureWarnings() names the exposed addresses", () => {
  for (const hostname of ["::", "0.0.0.0", "192.0.2.1", "127.0.0.1.example.org", ""]) {
    const [warning = ""] = exposureWarnings(at("127.0.0.1", hostname), NO_SECURITY);
    assertStringIncludes(warning, "can read everything");
    assertEquals(warning.includes("127.0.0.1:9188"), false);
  }
  assertStringIncludes(
    exposureWarnings(at("::"), { tls: null, users: USERS })[0] ?? "",
    "are sent unencrypted at [::]:9188",
  );
});

Deno.test("ownNames() are the names it listens on and the configured ones", () => {
  const web = {
    telemetryPath: "/metrics",
    maxRequests: 0,
    listenAddresses: [...at("DB1.example.com"), ...at("")],
  };
  assertEquals(ownNames({ web }), ["db1.example.com"]);
  assertEquals(ownNames({ web: { ...web, managementHosts: ["b.example"] } }), [
    "db1.example.com",
    "b.example",
  ]);
});

Deno.test("knowsClients() accepts logins or verified certificates", () => {
  assertEquals(knowsClients(NO_SECURITY), false);
  assertEquals(knowsClients({ tls: TLS, users: USERS }), true);
  assertEquals(
    knowsClients({ tls: { ...TLS, clientAuth: "VerifyClientCertIfGiven" }, users: new Map() }),
    false,
  );
  assertEquals(
    knowsClients({ tls: { ...TLS, clientAuth: "RequireAndVerifyClientCert" }, users: new Map() }),
    true,
  );
});
