import { assertEquals } from "@std/assert";
import { isOwnName } from "../../../src/web/management/own_name.ts";

const NAMES = ["db1.example.com"];

for (
  const [host, expected] of [
    [null, true],
    ["localhost", true],
    ["localhost:9188", true],
    ["LOCALHOST:9188", true],
    ["localhost.:9188", true],
    ["127.0.0.1:9188", true],
    ["192.0.2.7", true],
    ["[::1]:9188", true],
    ["[2001:db8::1]", true],
    ["exporter:9188", true],
    ["db1.example.com:9188", true],
    ["DB1.Example.COM", true],
    ["db1.example.com.:9188", true],
    ["evil.example.org", false],
    ["evil.example.org:9188", false],
    ["localhost.evil.example.org", false],
    ["127.0.0.1.evil.example.org", false],
    ["db1.example.com.evil.example.org", false],
    ["a.db1.example.com", false],
    ["localhost:9188:9188", false],
    ["a b", false],
    ["", false],
    [":9188", false],
  ] as const
) {
  Deno.test(`isOwnName(${JSON.stringify(host)}) is ${expected}`, () =>
    assertEquals(isOwnName(host, NAMES), expected));
}
