import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  type GateState,
  isOwnName,
  refuseManagement,
  withManagement,
  withOwnManagement,
} from "../../../src/web/management/gate.ts";

const OPEN: GateState = {
  isEnabled: true,
  allowsPlain: false,
  hasTls: true,
  knowsClients: true,
  ownNames: ["b.example.org"],
};

for (
  const [change, expected] of [
    [{}, null],
    [{ isEnabled: false }, "--web.enable-management"],
    [{ isEnabled: false, allowsPlain: true }, "--web.enable-management"],
    [{ hasTls: false }, "is not available over plain HTTP"],
    [{ knowsClients: false }, "needs authenticated clients"],
    [{ hasTls: false, knowsClients: false }, "is not available over plain HTTP"],
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

Deno.test("withManagement() handles only its own paths", async () => {
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

Deno.test("withOwnManagement() adds management to the app without conditions", async () => {
  const answer = (text: string) => () => Promise.resolve(new Response(text));
  const app = withOwnManagement(answer("app"), answer("api"));
  const ask = async (path: string) => await (await app(new Request(`http://ctl${path}`))).text();
  assertEquals([await ask("/v1/status"), await ask("/-/reload")], ["api", "api"]);
  assertEquals([await ask("/api/v1/report"), await ask("/")], ["app", "app"]);
});

Deno.test("withManagement() refuses requests of another site's page", async () => {
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

Deno.test("withManagement() refuses a page whose owner has pointed its name to us", async () => {
  const plain = gated({ ...OPEN, hasTls: false, allowsPlain: true });
  const evil = "evil.example.org:9188";
  // What a browser sends for such a page: to itself both are one site, and a GET has no origin at all.
  for (const headers of [{ host: evil, origin: `http://${evil}` }, { host: evil }]) {
    for (const path of ["/-/reload", "/v1/config"]) {
      const [status, text] = await plain(path, headers);
      assertEquals(status, 403);
      assertStringIncludes(text, "--web.management-host=NAME");
    }
  }
  for (
    const host of ["127.0.0.1:9188", "[::1]:9188", "localhost:9188", "exporter:9188", "B.example.org:9188"]
  ) {
    assertEquals(await plain("/-/reload", { host }), [200, "api"], host);
    assertEquals((await plain("/-/reload", { host, origin: `http://${host.toLowerCase()}` }))[0], 200, host);
  }
  // Over TLS we would need a certificate for that name.
  assertEquals((await gated(OPEN)("/v1/config", { host: evil }))[0], 200);
  assertEquals(await plain("/metrics", { host: evil }), [200, "app"]);
});

Deno.test('withManagement() does not treat the origin "null" as that of a request without a host', async () => {
  const plain = gated({ ...OPEN, hasTls: false, allowsPlain: true });
  assertEquals((await plain("/-/reload"))[0], 200);
  assertEquals((await plain("/-/reload", { origin: "null" }))[0], 403);
});

const NAMES = ["db1.example.com"];

for (
  const [host, expected] of [
    [null, true],
    ["localhost", true],
    ["localhost:9188", true],
    ["LOCALHOST:9188", true],
    ["localhost.:9188", true],
    ["127.0.0.1:9188", true],
    ["192.0.2.7", true],
    ["[::1]:9188", true],
    ["[2001:db8::1]", true],
    ["exporter:9188", true],
    ["db1.example.com:9188", true],
    ["DB1.Example.COM", true],
    ["db1.example.com.:9188", true],
    ["evil.example.org", false],
    ["evil.example.org:9188", false],
    ["localhost.evil.example.org", false],
    ["127.0.0.1.evil.example.org", false],
    ["db1.example.com.evil.example.org", false],
    ["a.db1.example.com", false],
    ["localhost:9188:9188", false],
    ["a b", false],
    ["", false],
    [":9188", false],
  ] as const
) {
  Deno.test(`isOwnName(${JSON.stringify(host)}) is ${expected}`, () =>
    assertEquals(isOwnName(host, NAMES), expected));
}
