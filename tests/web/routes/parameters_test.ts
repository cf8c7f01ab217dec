import { assertEquals, assertThrows } from "@std/assert";
import { HttpError } from "../../../src/web/http_error.ts";
import { decodeServerName, readQuery } from "../../../src/web/routes/parameters.ts";

const read = (query: string) => readQuery(new URLSearchParams(query), ["target", "auth_module"]);

Deno.test("readQuery() returns the values that are given", () => {
  assertEquals(read("target=a%20b&auth_module="), { target: "a b", auth_module: "" });
  assertEquals(read(""), {});
});

Deno.test("readQuery() rejects unknown and repeated parameters", () => {
  for (
    const [query, message] of [
      ["targt=a", 'Unknown parameter, did you mean "target"?: expected target, auth_module'],
      ["x=a", "Unknown parameter: expected target, auth_module"],
      ["target=a&target=b", "Parameter target is given twice"],
    ] as const
  ) {
    const error = assertThrows(() => read(query), HttpError);
    assertEquals([error.status, error.message], [400, message]);
  }
});

Deno.test("decodeServerName() decodes a name, and rejects what is not encoded", () => {
  assertEquals(decodeServerName("a%20b"), "a b");
  assertEquals(assertThrows(() => decodeServerName("%ff"), HttpError).status, 400);
});
