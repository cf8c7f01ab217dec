import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { certificateHash, type CertificateNames, otherNames } from "../../src/postgres/certificate.ts";

function isFor(host: string, certificate: CertificateNames): boolean {
  return otherNames(certificate, host) === "";
}

const NAMED = {
  subjectaltname: "DNS:db1.example, DNS:*.db.example, IP Address:10.0.0.1, IP Address:FE80:0:0:0:0:0:0:1",
};

Deno.test("otherNames() matches names and addresses as libpq does", () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ["db1.example", true],
    ["DB1.Example", true],
    ["db2.example", false],
    ["a.db.example", true],
    ["a.b.db.example", false],
    ["db.example", false],
    [".db.example", false],
    ["10.0.0.1", true],
    ["10.0.0.2", false],
    ["fe80::1", true],
    ["fe80::1%eth0", true],
    ["fe80::2", false],
  ];
  for (const [host, expected] of cases) assertEquals(isFor(host, NAMED), expected, host);
  assertEquals(
    isFor("127.0.0.1", { subjectaltname: "IP Address:7F000001" }),
    true,
    "as older Deno writes it",
  );
  assertEquals(isFor("127.0.0.1", { subjectaltname: "DNS:127.0.0.1" }), true, "old certificates do this");
});

Deno.test("otherNames() uses the common name only without an alternative name of the host's kind", () => {
  assertEquals(isFor("a", { subject: { CN: "a" } }), true);
  assertEquals(isFor("a", { subject: { CN: ["b", "a"] } }), true);
  assertEquals(isFor("a", { subject: { CN: "a" }, subjectaltname: "DNS:b" }), false);
  assertEquals(isFor("a", { subject: { CN: "a" }, subjectaltname: "IP Address:10.0.0.1" }), true);
  assertEquals(isFor("a.x", { subject: { CN: "*.x" } }), true);
  assertEquals(isFor("a", {}), false);
});

Deno.test("otherNames() lists the names, and is not deceived by a name that looks like two", () => {
  assertEquals(otherNames(NAMED, "x"), "db1.example, *.db.example, 10.0.0.1, FE80:0:0:0:0:0:0:1");
  assertEquals(otherNames({ subject: { CN: "a" } }, "x"), "a");
  assertEquals(otherNames({}, "x"), "no name at all");
  assertEquals(isFor("victim", { subjectaltname: 'DNS:"a, DNS:victim, DNS:b"' }), false);
  for (const pattern of ["*", "*.", "*x", "**.x", "a.*"]) {
    assertEquals(isFor("a.x", { subjectaltname: `DNS:${pattern}` }), false, pattern);
  }
});

Deno.test("otherNames() matches every spelling of an address", () => {
  fc.assert(fc.property(fc.ipV6(), (address) => {
    const [hex = ""] = [new URL(`http://[${address}]`).hostname.slice(1, -1)];
    assertEquals(isFor(address, { subjectaltname: `IP Address:${hex}` }), true, address);
  }));
});

Deno.test("certificateHash() uses the hash function of the signature, and accepts any bytes", () => {
  // A certificate up to the identifier of its algorithm: SEQUENCE { SEQUENCE {}, SEQUENCE { OID } }.
  const signedWith = (oid: readonly number[]) =>
    new Uint8Array([0x30, oid.length + 6, 0x30, 0, 0x30, oid.length + 2, 6, oid.length, ...oid]);
  const rsa = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
  assertEquals(certificateHash(signedWith([...rsa, 0x0b]))?.length, 32);
  assertEquals(certificateHash(signedWith([...rsa, 0x05]))?.length, 32, "SHA-1 is replaced");
  assertEquals(certificateHash(signedWith([...rsa, 0x0c]))?.length, 48);
  assertEquals(certificateHash(signedWith([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04]))?.length, 64);
  assertEquals(certificateHash(signedWith([0x2b, 0x65, 0x70])), null, "Ed25519");
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    const hash = certificateHash(bytes);
    assertEquals(hash === null || hash.length >= 32, true);
  }));
});
