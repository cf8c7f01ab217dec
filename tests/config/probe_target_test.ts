import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  formatProbeAddress,
  isAllowedHost,
  parseProbeTarget,
  probeConnection,
} from "../../src/config/probe_target.ts";
import { fromSource } from "../../src/config/connection_parameters.ts";
import { resolveTarget } from "../../src/config/connection_target.ts";

Deno.test("parseProbeTarget() reads hosts, addresses and URIs without a login", () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ["db1", "db1", 5432],
    [" DB1.Example:5433 ", "db1.example", 5433],
    ["10.0.0.1", "10.0.0.1", 5432],
    ["[::1]:5434", "::1", 5434],
    ["postgresql://db1:5433/", "db1", 5433],
    ["postgres://db1", "db1", 5432],
  ];
  for (const [text, host, port] of cases) assertEquals(parseProbeTarget(text), { host, port }, text);
});

Deno.test("parseProbeTarget() rejects anything else, and repeats none of it", () => {
  const wrong = [
    "",
    "user:S3cret@db1",
    "postgresql://u:S3cret@db1/postgres",
    "db1:0",
    "db1:65536",
    "db1:x",
    "[db1]:1",
    "[::1",
    "::1",
    "a,b",
    "/var/run/postgresql",
    "db1/S3cret",
    "host=db1 password=S3cret",
    "-db",
  ];
  for (const text of wrong) {
    const error = assertThrows(() => parseProbeTarget(text), SyntaxError, "expected host", text);
    assertEquals(error.message.includes("S3cret"), false, text);
  }
});

Deno.test("parseProbeTarget() throws only SyntaxErrors, and formatProbeAddress() is its inverse", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.domain(), fc.ipV4(), fc.ipV6().map((ip) => `[${ip}]`)), (text) => {
      try {
        const address = parseProbeTarget(text);
        assertEquals(parseProbeTarget(formatProbeAddress(address)), address);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
    }),
  );
});

Deno.test("isAllowedHost() compares names as given, and addresses with networks", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["db1", "db1", true],
    ["db1", "DB1", true],
    ["db1.example", "db1", false],
    ["db1.example", "*.example", true],
    ["example", "*.example", false],
    ["evilexample", "*.example", false],
    ["10.1.2.3", "10.0.0.0/8", true],
    ["11.1.2.3", "10.0.0.0/8", false],
    ["10.1.2.3", "10.1.2.3", true],
    ["10.1.2.4", "10.1.2.3", false],
    ["localhost", "127.0.0.0/8", false],
    ["::1", "::1", true],
    ["fd00::1", "fd00::/8", true],
    ["fe80::1", "fd00::/8", false],
    ["10.1.2.3", "::/0", false],
    ["10.1.2.3", "*", false],
  ];
  for (const [host, entry, expected] of cases) {
    assertEquals(isAllowedHost(host, [entry]), expected, `${host} ${entry}`);
  }
  assertEquals(isAllowedHost("db1", []), false);
});

Deno.test("probeConnection() combines address and login, and sends no password in plain text by default", () => {
  const moduleWith = (more: Readonly<Record<string, string>>) => {
    const login = { user: "monitor", sslmode: "verify-full", password: "pw", ...more };
    return { name: "m", target: resolveTarget(fromSource(Object.entries(login), "test")) };
  };
  const address = { host: "db1", port: 5433 };
  const module = moduleWith({});
  const { libpq, ...target } = probeConnection(address, module);
  const { libpq: before, ...given } = module.target;
  assertEquals(target, { ...given, ...address });
  assertEquals(libpq?.allowedAuth, ["md5", "scram-sha-256", "none"]);
  assertEquals({ ...libpq, allowedAuth: null }, { ...before, allowedAuth: null });
  const told = probeConnection(address, moduleWith({ require_auth: "password" }));
  assertEquals(told.libpq?.allowedAuth, ["password"]);
});
