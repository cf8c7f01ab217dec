import { assertEquals, assertStringIncludes } from "@std/assert";
import { parseSubjectAltNames, refuseClient } from "../../../src/web/security/client_certificate.ts";

const NOBODY = { hasCertificate: false, isTrusted: false, names: "" };
const STRANGER = { hasCertificate: true, isTrusted: false, names: "DNS:a" };
const FRIEND = { hasCertificate: true, isTrusted: true, names: "DNS:a, IP Address:192.0.2.1" };

for (
  const [clientAuth, expected] of [
    ["NoClientCert", [true, true, true]],
    ["RequestClientCert", [true, true, true]],
    ["RequireAnyClientCert", [false, true, true]],
    ["VerifyClientCertIfGiven", [true, false, true]],
    ["RequireAndVerifyClientCert", [false, false, true]],
  ] as const
) {
  Deno.test(`refuseClient() with ${clientAuth}`, () => {
    const verdicts = [NOBODY, STRANGER, FRIEND].map((client) =>
      refuseClient(client, { clientAuth, allowedSans: null }) === null
    );
    assertEquals(verdicts, [...expected]);
  });
}

Deno.test("refuseClient() requires an allowed name when there are any", () => {
  const policy = { clientAuth: "RequireAndVerifyClientCert", allowedSans: ["192.0.2.1"] } as const;
  assertEquals(refuseClient(FRIEND, policy), null);
  assertStringIncludes(refuseClient(FRIEND, { ...policy, allowedSans: [] }) ?? "", "none of the names");
  assertStringIncludes(refuseClient({ ...FRIEND, names: "" }, policy) ?? "", "none of the names");
});

Deno.test("parseSubjectAltNames() reads Node's format, also a name in quotes", () => {
  assertEquals(
    parseSubjectAltNames("DNS:a.b, IP Address:2001:DB8:0:0:0:0:0:1, email:x@y, URI:spiffe://a/b"),
    [
      "a.b",
      "2001:DB8:0:0:0:0:0:1",
      "x@y",
      "spiffe://a/b",
    ],
  );
  assertEquals(parseSubjectAltNames('DNS:"evil, DNS:admin", DNS:b'), ["evil, DNS:admin", "b"]);
  assertEquals(parseSubjectAltNames("DirName:CN=a, DNS:b"), ["b"]);
  assertEquals(parseSubjectAltNames(""), []);
});
