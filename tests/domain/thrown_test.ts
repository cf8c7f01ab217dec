import { assertEquals } from "@std/assert";
import { errorCode, errorMessage } from "../../src/domain/thrown.ts";

Deno.test("errorCode() reads a text code of an error, and nothing else", () => {
  assertEquals(errorCode(Object.assign(new Error("x"), { code: "EPIPE" })), "EPIPE");
  for (const thrown of [null, "EPIPE", { code: "EPIPE" }, new Error("x")]) {
    assertEquals(errorCode(thrown), "");
  }
  assertEquals(errorCode(Object.assign(new Error("x"), { code: 3 })), "");
});

Deno.test("errorMessage() reads the message of an error, and anything else as text", () => {
  assertEquals([new Error("no"), "text", null, 7].map(errorMessage), ["no", "text", "null", "7"]);
});
