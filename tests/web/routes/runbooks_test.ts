import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { appWith, fakeScraper, get } from "../fakes.ts";

const app = appWith(fakeScraper({ view: null }));

Deno.test("/runbooks/NAME is the runbook as a page with its own style only", async () => {
  for (const path of ["/runbooks/PgreplServerDown", "/runbooks/PgreplServerDown.md"]) {
    const response = await app(get(path));
    assertEquals([response.status, response.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
    assertMatch(
      response.headers.get("content-security-policy") ?? "",
      /default-src 'none'; style-src 'sha256-/,
    );
    assertStringIncludes(await response.text(), "<h1>PgreplServerDown</h1>");
  }
});

Deno.test("/runbooks/NAME names the runbooks when there is no such one", async () => {
  for (
    const [name, hint] of [["PgreplServerDwn", 'did you mean "PgreplServerDown"?'], ["", "PgreplSlotLost"], [
      "%E0%A4%A",
      "PgreplSlotLost",
    ]]
  ) {
    const response = await app(get(`/runbooks/${name}`));
    assertEquals(response.status, 404);
    assertStringIncludes(await response.text(), hint ?? "");
  }
});
