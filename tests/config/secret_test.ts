import { assertEquals, assertFalse } from "@std/assert";
import { inspect } from "node:util";
import { Secret } from "../../src/config/secret.ts";

Deno.test("Secret shows its value only through reveal()", () => {
  const secret = new Secret("hunter2");
  const target = { user: "monitor", password: secret };
  for (
    const text of [
      `${secret}`,
      String(secret),
      JSON.stringify(target),
      Deno.inspect(target),
      inspect(target, { showHidden: true, depth: 9 }),
      Object.entries(secret).join(),
      new Error("failed", { cause: target }).stack ?? "",
    ]
  ) assertFalse(text.includes("hunter2"), text);
  assertEquals(secret.reveal(), "hunter2");
});
