import { assertEquals } from "@std/assert";
import { judgeCipherSuites, judgeCurves } from "../../../src/web/security/tls_names.ts";

Deno.test("judgeCipherSuites() finds unknown names, and suites that are offered anyway", () => {
  const { unknown, unwanted } = judgeCipherSuites([
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_MADE_UP",
  ]);
  assertEquals([unknown, unwanted.length], [["TLS_MADE_UP"], 5]);
});

Deno.test("judgeCurves() does the same for curves", () => {
  assertEquals(judgeCurves(["X25519", "CurveP256", "CurveP384", "CurveP521"]), { unknown: [], unwanted: [] });
  assertEquals(judgeCurves(["CurveP384", "P1"]), { unknown: ["P1"], unwanted: ["X25519", "CurveP256"] });
});
