import { assertEquals, assertStringIncludes } from "@std/assert";
import { parseWebConfig } from "../../../src/web/security/web_config.ts";
import { configWarnings } from "../../../src/web/security/config_warnings.ts";

const LOGIN = `basic_auth_users:\n  alice: $2b$10$${"a".repeat(53)}\n`;

/** The warnings about a file with TLS and these lines. */
function warningsOf(lines: readonly string[], rest = ""): readonly string[] {
  const tls = ["cert_file: a.crt", "key_file: a.key", ...lines].map((line) => `  ${line}\n`).join("");
  return parseWebConfig(`tls_server_config:\n${tls}${rest}`, "web.yml").config.warnings;
}

for (
  const [lines, rest, expected] of [
    [[], "", null],
    [
      ["client_auth_type: RequireAndVerifyClientCert", "client_ca_file: a", "client_allowed_sans: [a]"],
      "",
      null,
    ],
    [
      ["client_auth_type: RequireAnyClientCert", "client_allowed_sans: [a]"],
      "",
      "a name of client_allowed_sans in it",
    ],
    [
      ["client_auth_type: RequireAnyClientCert"],
      LOGIN,
      "anyone can create one, so it does not restrict access",
    ],
    [
      ["client_auth_type: RequestClientCert", "client_ca_file: a"],
      "",
      "neither requires nor verifies a certificate, so it does not restrict access",
    ],
    [["client_auth_type: VerifyClientCertIfGiven", "client_ca_file: a"], "", "there are no basic_auth_users"],
    [["client_auth_type: VerifyClientCertIfGiven", "client_ca_file: a"], LOGIN, null],
  ] as const
) {
  Deno.test(`A web configuration with ${JSON.stringify(lines)} ${rest && "and a login "}is warned of: ${expected}`, () => {
    const warnings = warningsOf(lines, rest);
    assertEquals(warnings.length, expected === null ? 0 : 1, warnings.join());
    assertStringIncludes(warnings.join(), expected ?? "");
    if (expected !== null) {
      assertStringIncludes(warnings.join(), "RequireAndVerifyClientCert with client_ca_file");
    }
  });
}

Deno.test("configWarnings() warns of a hash that makes every wrong login slow", () => {
  const users = new Map(["13", "14", "31"].map((cost) => [`of ${cost}`, `$2b$${cost}$${"a".repeat(53)}`]));
  const warnings = configWarnings({ tls: null, users });
  assertEquals(warnings.map((each) => /user "(of \d+)".* cost (\d+):/.exec(each)?.slice(1)), [
    ["of 14", "14"],
    ["of 31", "31"],
  ]);
});
