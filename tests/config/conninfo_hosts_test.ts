import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { readEndpoints } from "../../src/config/conninfo_hosts.ts";

function read(host: string, port = "", hostaddr = ""): readonly string[] {
  const problems: string[] = [];
  const endpoints = readEndpoints({ host, port, hostaddr }, problems);
  assertEquals(problems, [], `${host} ${port} ${hostaddr}`);
  return endpoints.map((each) => `${each.host}(${each.hostAddress}):${each.port}`);
}

function problemsOf(host: string, port = "", hostaddr = ""): readonly string[] {
  const problems: string[] = [];
  assertEquals(readEndpoints({ host, port, hostaddr }, problems).length > 0, true);
  return problems;
}

Deno.test("readEndpoints() matches hosts, addresses and ports", () => {
  assertEquals(read(""), ["localhost():5432"]);
  assertEquals(read("a,b"), ["a():5432", "b():5432"]);
  assertEquals(read("a,b", "1"), ["a():1", "b():1"]);
  assertEquals(read("a,b", "1,2"), ["a():1", "b():2"]);
  assertEquals(read("a,,b", ",2,"), ["a():5432", "localhost():2", "b():5432"]);
  assertEquals(read("", "", "10.0.0.1,::1"), ["10.0.0.1(10.0.0.1):5432", "::1(::1):5432"]);
  assertEquals(read("a,b", "", "10.0.0.1,"), ["a(10.0.0.1):5432", "b():5432"]);
  assertEquals(read("/tmp,::1,fe80::1%eth0"), ["/tmp():5432", "::1():5432", "fe80::1%eth0():5432"]);
});

Deno.test("readEndpoints() reports lists that do not match", () => {
  assertEquals(problemsOf("a,b", "1,2,3"), [
    '"port" has 3 ports for 2 hosts: expected one for all, or one for each',
  ]);
  assertEquals(problemsOf("a,b", "", "::1").length, 1);
  assertEquals(problemsOf("@abstract"), [
    '"host" is an abstract socket, which is not supported: give the socket\'s directory',
  ]);
  assertEquals(problemsOf("a b,c d").length, 1, "one problem once");
  assertEquals(problemsOf("a", "", "name").length, 1);
  for (const port of ["0", "65536", "x", "-1", " 1"]) assertEquals(problemsOf("a", port).length, 1, port);
});

Deno.test("readEndpoints() accepts any text and shows none of it", () => {
  fc.assert(fc.property(fc.string(), fc.string(), fc.string(), (host, port, hostaddr) => {
    const problems: string[] = [];
    readEndpoints({ host: `${host} QXZJ`, port: `${port}QXZJ`, hostaddr: `${hostaddr}QXZJ` }, problems);
    assertEquals(problems.length > 0 && !problems.join().includes("QXZJ"), true);
  }));
});
