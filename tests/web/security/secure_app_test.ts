import { assertEquals, assertStringIncludes } from "@std/assert";
import { secureApp } from "../../../src/web/security/secure_app.ts";
import { NO_SECURITY, type WebSecurity } from "../../../src/web/security/security.ts";
import { appWith, fakeScraper, STILL_CLOCK } from "../fakes.ts";

function guarded(security: Partial<WebSecurity>) {
  return secureApp(appWith(fakeScraper()), {
    security: () => ({ ...NO_SECURITY, ...security }),
    clock: { ...STILL_CLOCK, sleep: () => Promise.resolve() },
    compare: (password, hash) => Promise.resolve(hash === `hash of ${password}`),
  });
}

const ask = (path: string, login?: string) =>
  new Request(
    `http://localhost${path}`,
    login === undefined ? {} : { headers: { authorization: `Basic ${btoa(login)}` } },
  );

Deno.test("secureApp() without a web configuration is the app", async () => {
  assertEquals((await guarded({})(ask("/metrics"))).status, 200);
});

Deno.test("secureApp() requires a login on every path, /-/healthy too", async () => {
  const app = guarded({ users: new Map([["alice", "hash of a"]]) });
  for (const path of ["/", "/metrics", "/-/healthy", "/v1/ping"]) {
    const { status, headers } = await app(ask(path));
    assertEquals([status, headers.get("www-authenticate")?.slice(0, 5)], [401, "Basic"]);
  }
  const wrong = await app(ask("/metrics", "alice:b"));
  assertEquals(wrong.status, 401);
  assertStringIncludes(await wrong.text(), "Wrong user or password");
  assertEquals((await app(ask("/metrics", "bob:a"))).status, 401);
  assertEquals((await app(ask("/metrics", "alice:a"))).status, 200);
});

Deno.test("secureApp() sets the headers of the file on every response, instead of our own", async () => {
  const app = guarded({
    headers: new Map([["X-Frame-Options", "deny"], ["Content-Security-Policy", "default-src 'self'"]]),
    users: new Map([["alice", "hash of a"]]),
  });
  for (const request of [ask("/metrics", "alice:a"), ask("/"), ask("/nothing", "alice:a")]) {
    const { headers } = await app(request);
    assertEquals(headers.get("x-frame-options"), "deny");
    assertEquals(headers.get("content-security-policy"), "default-src 'self'");
    assertEquals(headers.get("x-content-type-options"), "nosniff");
  }
});

Deno.test("secureApp() answers 429 beyond the rate limit, before it checks logins", async () => {
  const app = guarded({
    rateLimit: { burst: 2, intervalSeconds: 5 },
    users: new Map([["alice", "hash of a"]]),
  });
  const answers = [await app(ask("/")), await app(ask("/")), await app(ask("/", "alice:a"))];
  assertEquals(answers.map(({ status }) => status), [401, 401, 429]);
  assertEquals(answers[2]?.headers.get("retry-after"), "5");
});

Deno.test("secureApp() reports an internal error to onError, not to the client", async () => {
  const failures: unknown[] = [];
  const app = secureApp(appWith(fakeScraper()), {
    security: () => ({ ...NO_SECURITY, users: new Map([["alice", "hash"]]) }),
    clock: STILL_CLOCK,
    compare: () => Promise.reject(new Error("canary")),
    onError: (error) => failures.push(error),
  });
  const response = await app(ask("/metrics", "alice:a"));
  assertEquals([response.status, (await response.text()).includes("canary")], [500, false]);
  assertEquals(failures.map(String), ["Error: canary"]);
});
