import { assertEquals, assertStringIncludes } from "@std/assert";
import { certificatesProblem, type PairProblem, pairProblem } from "../../src/postgres/key_pair.ts";
import { makePair } from "../fixtures/certificates.ts";

const NONE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const pair = makePair();
const other = makePair();

function assertProblem(found: PairProblem | null, of: PairProblem["of"], text: string): void {
  assertEquals(found?.of, of);
  assertStringIncludes(found?.text ?? "", text);
}

Deno.test("pairProblem() accepts a pair, a chain, and a key after the parameters of its curve", () => {
  assertEquals(pairProblem(pair), null);
  assertEquals(pairProblem(makePair({ rsaBits: 2048 })), null);
  assertEquals(pairProblem({ ...pair, certificate: pair.certificate + other.certificate }), null);
  const parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
  assertEquals(pairProblem({ ...pair, key: parameters + pair.key }), null);
});

Deno.test("pairProblem() rejects a key of another certificate, and what is not a key or not usable for TLS", () => {
  assertProblem(pairProblem({ ...pair, key: other.key }), "key", "is not the key of the certificate");
  assertProblem(pairProblem({ ...pair, certificate: other.certificate + pair.certificate }), "key", "is not");
  assertProblem(pairProblem(makePair({ rsaBits: 1024 })), "key", "is too short, RSA with 1024 bits");
  const secret = "U2VjcmV0";
  for (const key of ["", `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`]) {
    const found = pairProblem({ ...pair, key });
    assertProblem(found, "key", "cannot be read: expected RSA");
    assertEquals(found?.text.includes(secret), false);
  }
});

Deno.test("pairProblem() rejects a certificate of version 1 where TLS does not accept one", () => {
  const old = makePair({ version: 1 });
  assertProblem(pairProblem(old, { takesVersion1: false }), "certificate", "is of X.509 version 1");
  assertEquals(pairProblem(old, { takesVersion1: true }), null);
  assertEquals(pairProblem(pair, { takesVersion1: false }), null);
});

Deno.test("certificatesProblem() reads every certificate", () => {
  assertEquals(certificatesProblem(`Subject: a\n${pair.certificate}\n${other.certificate}`), "");
  assertEquals(certificatesProblem(pair.certificate.replaceAll(" CERT", " TRUSTED CERT")), "");
  assertEquals(certificatesProblem("garbage"), "holds no certificate in PEM form");
  assertEquals(certificatesProblem(NONE), "holds something that is no certificate");
  assertEquals(
    certificatesProblem(pair.certificate + NONE),
    "holds something that is no certificate: number 2 of its 2",
  );
  assertProblem(pairProblem({ ...pair, certificate: NONE }), "certificate", "no certificate");
});
