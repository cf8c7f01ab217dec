import { assertEquals } from "@std/assert";
import { STATUS_CODE, STATUS_TEXT } from "@std/http";

Deno.test("STATUS_TEXT has a text for every STATUS_CODE", () => {
  for (const code of Object.values(STATUS_CODE)) {
    assertEquals(STATUS_TEXT[code].length > 0, true, `${code}`);
  }
  assertEquals(STATUS_TEXT[STATUS_CODE.ServiceUnavailable], "Service Unavailable");
});
