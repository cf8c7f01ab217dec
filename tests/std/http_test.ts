import { assertEquals } from "@std/assert";
import { acceptsEncodings, STATUS_CODE, STATUS_TEXT } from "@std/http";

function requestAccepting(header: string | null): Request {
  return new Request("http://127.0.0.1/", header === null ? {} : { headers: { "accept-encoding": header } });
}

Deno.test("acceptsEncodings() picks the encoding the request likes best", () => {
  const cases: readonly (readonly [string | null, string | undefined])[] = [
    [null, "gzip"],
    ["gzip", "gzip"],
    ["GZIP", "gzip"],
    ["deflate, gzip;q=1.0, *;q=0.5", "gzip"],
    ["br", "identity"],
    ["gzip;q=0", "identity"],
    ["gzip;q=0.2, identity;q=0.8", "identity"],
    ["*", "gzip"],
    ["*;q=0", undefined],
    ["identity;q=0, br", undefined],
    ["identity", "identity"],
  ];
  for (const [header, expected] of cases) {
    assertEquals(acceptsEncodings(requestAccepting(header), "gzip", "identity"), expected, `${header}`);
  }
});

Deno.test("STATUS_TEXT has a text for every STATUS_CODE", () => {
  for (const code of Object.values(STATUS_CODE)) {
    assertEquals(STATUS_TEXT[code].length > 0, true, `${code}`);
  }
  assertEquals(STATUS_TEXT[STATUS_CODE.ServiceUnavailable], "Service Unavailable");
});
