import { assertEquals, assertStringIncludes } from "@std/assert";
import { type GateState, refuseManagement, withManagement } from "../../../src/web/management/gate.ts";

const OPEN: GateState = { isEnabled: true, allowsPlain: false, hasTls: true, knowsClients: true };

for (
  const [change, expected] of [
    [{}, null],
    [{ isEnabled: false }, "--web.enable-management"],
    [{ isEnabled: false, allowsPlain: true }, "--web.enable-management"],
    [{ hasTls: false }, "does not go over plain HTTP"],
    [{ knowsClients: false }, "needs to know its clients"],
    [{ hasTls: false, knowsClients: false }, "does not go over plain HTTP"],
    [{ hasTls: false, allowsPlain: true }, null],
    [{ hasTls: false, knowsClients: false, allowsPlain: true }, null],
  ] as const
) {
  Deno.test(`refuseManagement(${JSON.stringify(change)}): ${expected}`, () => {
    const reason = refuseManagement({ ...OPEN, ...change });
    if (expected === null) assertEquals(reason, null);
    else assertStringIncludes(reason ?? "", expected);
  });
}

function gated(state: GateState) {
  const app = withManagement(() => Promise.resolve(new Response("app")), {
    api: () => Promise.resolve(new Response("api")),
    state: () => state,
  });
  return async (path: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await app(new Request(`http://a.example.org:9188${path}`, { headers }));
    return [response.status, await response.text()] as const;
  };
}

Deno.test("withManagement() takes its own paths and leaves the others", async () => {
  const ask = gated(OPEN);
  assertEquals(await ask("/v1/status"), [200, "api"]);
  assertEquals(await ask("/-/reload?x"), [200, "api"]);
  for (const path of ["/", "/metrics", "/-/healthy", "/v1", "/api/v1/report"]) {
    assertEquals(await ask(path), [200, "app"]);
  }
  const closed = gated({ ...OPEN, isEnabled: false });
  assertEquals((await closed("/v1/status"))[0], 403);
  assertEquals(await closed("/metrics"), [200, "app"]);
});

Deno.test("withManagement() refuses what the page of another site asks for", async () => {
  const ask = gated(OPEN);
  const host = "a.example.org:9188";
  assertEquals((await ask("/-/reload", { host, origin: "https://a.example.org:9188" }))[0], 200);
  assertEquals((await ask("/-/reload", { host, "sec-fetch-site": "same-origin" }))[0], 200);
  for (const origin of ["https://evil.example.org", "null", "https://a.example.org"]) {
    assertEquals((await ask("/-/reload", { host, origin }))[0], 403, origin);
  }
  assertEquals((await ask("/-/reload", { host, "sec-fetch-site": "cross-site" }))[0], 403);
  assertEquals((await ask("/-/reload", { host, "sec-fetch-site": "same-site" }))[0], 403);
});
