import { assert, assertEquals, assertFalse, assertRejects, assertStringIncludes } from "@std/assert";
import { beginScram } from "../../src/postgres/scram.ts";

const SERVER_FIRST = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

Deno.test("beginScram() writes the messages of RFC 7677, and rejects a proof for another user", async () => {
  // The example of the RFC has a user in the first message, PostgreSQL does not: only what does not depend on it matches.
  const exchange = beginScram("pencil", { binding: { kind: "none" }, nonce: "rOprNGfwEbeRWgbNEkqO" });
  assertEquals([exchange.mechanism, exchange.first], ["SCRAM-SHA-256", "n,,n=,r=rOprNGfwEbeRWgbNEkqO"]);
  const answer = await exchange.answer(SERVER_FIRST);
  assertStringIncludes(answer, "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=");
  assertFalse(exchange.isProof("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
});

Deno.test("beginScram() binds to a certificate, and reports to the server that it could have", () => {
  const hash = new Uint8Array([1, 2, 3]);
  const bound = beginScram("x", { binding: { kind: "certificate", hash }, nonce: "n" });
  assertEquals([bound.mechanism, bound.first], ["SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,n=,r=n"]);
  assertEquals(beginScram("x", { binding: { kind: "not_offered" }, nonce: "n" }).first, "y,,n=,r=n");
});

Deno.test("beginScram() rejects the nonce of another exchange, and one without the server's part", async () => {
  const begin = () => beginScram("x", { binding: { kind: "none" }, nonce: "mine" });
  for (const said of ["r=other,s=AAAA,i=4096", "r=mine,s=AAAA,i=4096", "r=mine1,s=AAAA,i=x", ""]) {
    await assertRejects(() => begin().answer(said), Error, "malformed", said);
  }
});

Deno.test("beginScram() limits the number of iterations", async () => {
  const exchange = beginScram("x", { binding: { kind: "none" }, nonce: "mine" });
  await assertRejects(() => exchange.answer("r=mine1,s=AAAA,i=999999999"), Error, "expected at most 5000000");
});

Deno.test("beginScram() trusts no server before its first message, nor one without proof", async () => {
  const exchange = beginScram("x", { binding: { kind: "none" }, nonce: "mine" });
  assertFalse(exchange.isProof("v="));
  await exchange.answer("r=mine1,s=AAAA,i=1");
  for (const said of ["", "v=", "v=AAAA", "e=other-error"]) assertFalse(exchange.isProof(said), said);
});

Deno.test("beginScram() normalizes passwords that are not ASCII, as the server does", async () => {
  const proofOf = async (password: string) =>
    await beginScram(password, { binding: { kind: "none" }, nonce: "n" }).answer("r=n1,s=AAAA,i=1");
  assertEquals(await proofOf("I\u00ADX\u00A0\u2168"), await proofOf("IX IX"));
  assert(await proofOf("é") !== await proofOf("e"));
});
