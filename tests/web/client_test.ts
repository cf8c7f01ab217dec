import { assertEquals } from "@std/assert";
import { clientKey, clientOf, noteClient } from "../../src/web/client.ts";

for (
  const [address, expected] of [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:0DB8:0:0:1:2:3:4", "2001:db8:0:0::/64"],
    ["2001:db8:0:1::", "2001:db8:0:1::/64"],
    ["1::2:3:4:5:6:7", "1:0:2:3::/64"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["/run/a.sock", "/run/a.sock"],
  ] as const
) {
  Deno.test(`clientKey(${address}) is ${expected}`, () => assertEquals(clientKey(address), expected));
}

Deno.test("clientOf() returns only what noteClient() recorded", () => {
  const [known, unknown] = [new Request("http://localhost/"), new Request("http://localhost/")];
  noteClient(known, "192.0.2.1");
  noteClient(unknown, undefined);
  assertEquals([clientOf(known), clientOf(unknown)], ["192.0.2.1", null]);
});
