import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ANY_URL_TEXT } from "../fixtures/any_character.ts";
import { HttpError } from "../../src/web/http_error.ts";
import { HAS_LIMITS } from "./deno_version.ts";
import { type NodeRequestHead, toRequest } from "../../src/web/node_adapter.ts";

/** A request as Node's parser hands it over. */
function incoming(
  method: string,
  url: string,
  options: { readonly fields?: readonly string[]; readonly version?: string } = {},
): NodeRequestHead {
  const { fields = ["Host", "a"], version = "1.1" } = options;
  return { method, url, rawHeaders: [...fields], httpVersion: version };
}

function refusalOf(...request: Parameters<typeof incoming>): HttpError {
  return assertThrows(() => toRequest(incoming(...request)), HttpError);
}

Deno.test({
  name: "toRequest() keeps method, target and fields",
  fn: () => {
    const request = toRequest(
      incoming("GET", "/metrics?x=1", {
        fields: ["Host", "db:9188", "Accept", "text/plain", "ACCEPT", "*/*", "X", "\xe9"],
      }),
    );
    assertEquals([request.method, request.url], ["GET", "http://localhost/metrics?x=1"]);
    assertEquals(request.headers.get("accept"), "text/plain, */*");
    assertEquals([request.headers.get("host"), request.headers.get("x")], ["db:9188", "\xe9"]);
  },
});

Deno.test("toRequest() accepts a whole URL as target, and never takes a path for a host", () => {
  assertEquals(toRequest(incoming("GET", "http://other/x")).url, "http://other/x");
  assertEquals(new URL(toRequest(incoming("GET", "//evil/x")).url).host, "localhost");
});

Deno.test("toRequest() allows a missing Host only in HTTP/1.0", () => {
  assertEquals(toRequest(incoming("GET", "/", { fields: [], version: "1.0" })).url, "http://localhost/");
  if (HAS_LIMITS) assertEquals(refusalOf("GET", "/", { fields: [] }).status, 400);
});

Deno.test("toRequest() refuses malformed requests with status and sentence", () => {
  for (
    const [refusal, status] of [
      [refusalOf("GET", "/", { fields: ["Host", "a", "Host", "b"] }), 400],
      [refusalOf("GET", "/", { fields: ["Host", "a/b"] }), 400],
      [refusalOf("GET", "/", { fields: ["Host", "a", "X y", "z"] }), 400],
      [refusalOf("OPTIONS", "*"), 400],
      [refusalOf("GET", "ftp://a/"), 400],
      [refusalOf("GET", "http://user@a/"), 400],
      [refusalOf("GET", "http://a:99999/"), 400],
      [refusalOf("CONNECT", "/"), 405],
      [refusalOf("TRACE", "/"), 405],
      [refusalOf("GET", "/", { version: "2.0" }), 505],
    ] as const
  ) {
    assertEquals(refusal.status, status, refusal.message);
    if (status === 400) assertStringIncludes(refusal.message, "Malformed request: ");
  }
});

Deno.test("toRequest() makes a request or refuses with a documented status", () => {
  const noise = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  });
  const url = fc.tuple(fc.constantFrom("http", "https"), fc.domain(), ANY_URL_TEXT)
    .map(([scheme, host, rest]) => `${scheme}://${host}/${rest}`);
  const target = fc.oneof(noise, noise.map((rest) => `/${rest}`), url);
  fc.assert(fc.property(noise, target, fc.array(noise, { maxLength: 6 }), (method, url, fields) => {
    try {
      toRequest(incoming(method, url, { fields: ["Host", "a", ...fields] }));
    } catch (error) {
      if (!(error instanceof HttpError) || ![400, 405].includes(error.status)) throw error;
    }
  }));
});
