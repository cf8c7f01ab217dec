import { assertEquals, assertStringIncludes } from "@std/assert";
import { basicAuthorization, parseExporterAddress } from "../../src/cli/exporter_address.ts";

const OPTIONS = { flag: "url", login: "set PASSWORD" };

Deno.test("parseExporterAddress() accepts http and https, and repeats nothing of a refused address", () => {
  for (const address of ["http://db1:9188/", "https://[::1]/x"]) {
    assertEquals(String(parseExporterAddress(address, OPTIONS)), address);
  }
  for (
    const [address, problem] of [
      ["db1:9188 c4n4ry", 'Flag "--url" is not an address'],
      ["ftp://c4n4ry", "is not an address"],
      ["http://u:c4n4ry@db1", "must not contain a login: set PASSWORD"],
      ["http://db1/?c4n4ry", "must end with the path"],
      ["http://db1/#c4n4ry", "must end with the path"],
    ] as const
  ) {
    const found = String(parseExporterAddress(address, OPTIONS));
    assertStringIncludes(found, problem);
    assertEquals(found.includes("c4n4ry"), false);
  }
});

Deno.test("basicAuthorization() encodes UTF-8", () => {
  assertEquals(basicAuthorization("ä", "p:q"), "Basic w6Q6cDpx");
});
