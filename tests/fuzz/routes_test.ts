import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Secret } from "../../src/config/secret.ts";
import { createApp } from "../../src/web/app.ts";
import { arbitraryView } from "../cluster/findings/arbitrary_view.ts";
import { viewOf } from "../cluster/findings/views.ts";
import { target } from "../fixtures/targets.ts";
import { fakeScraper, FAMILIES, STILL_CLOCK } from "../web/fakes.ts";
import { CANARY, fuzz } from "./budget.ts";
import { ANY_CHARACTER } from "../fixtures/any_character.ts";

/** An app with all its routes; what is our own fault is kept. */
function appOn(view: ReturnType<typeof viewOf>) {
  const errors: unknown[] = [];
  const end = new AbortController();
  const app = createApp({
    scraper: fakeScraper({ view }),
    pool: { scrape: () => Promise.resolve(FAMILIES) },
    probe: {
      modules: new Map([["default", {
        name: "default",
        target: target({ user: "monitor", password: new Secret(CANARY) }),
      }]]),
      allowedTargets: ["db9", "*.example.org", "10.0.0.0/8", "fd00::/8"],
    },
    telemetryPath: "/metrics",
    maxRequests: 40,
    clock: STILL_CLOCK,
    version: "1.2.3",
    signal: end.signal,
    onError: (error) => errors.push(error),
  });
  return { app, errors, end: () => end.abort() };
}

const anything = fc.oneof(
  fc.string({ unit: ANY_CHARACTER, maxLength: 30 }),
  fc.constantFrom(
    "primary",
    "standby",
    "db9:5433",
    "10.1.1.1",
    "[fd00::1]:1",
    "127.0.0.1",
    "%",
    "..",
    "5s",
    "16MB",
    "0/1",
  ),
  fc.constantFrom(
    `postgresql://u:${CANARY}@db9/x`,
    `host=db9 password=${CANARY}`,
    CANARY,
    "__proto__",
    "1e999",
    "-1s",
    "\0",
  ),
);
const parameter = fc.tuple(
  fc.oneof(
    fc.constantFrom("target", "auth_module", "max_lag", "max_bytes", "min_lsn", "as", "level"),
    anything,
  ),
  anything,
);
const query = fc.oneof(
  fc.array(parameter, { maxLength: 4 }).map((parameters) => new URLSearchParams(parameters).toString()),
  fc.string({ unit: fc.constantFrom(..."?&=%;+#/ab0\u00e9"), maxLength: 40 }),
);
const path = fc.oneof(
  fc.constantFrom("/", "/metrics", "/probe", "/sd", "/api/v1/report", "/-/ready", "/-/healthy"),
  fc.tuple(anything, fc.constantFrom("primary", "replica", "sync", "read", "", "x/y")).map(([name, route]) =>
    `/servers/${encodeURIComponent(name.toWellFormed())}/${route}`
  ),
);

Deno.test("fuzz: every route answers any query with a documented status, and repeats none of it", async () => {
  const { app, errors } = appOn(viewOf({}));
  await fuzz(
    fc.asyncProperty(path, query, fc.constantFrom("GET", "HEAD", "PUT"), async (where, asked, method) => {
      const response = await app(new Request(`http://localhost${where}?${asked}`, { method }));
      const text = await response.text();
      assert(
        [200, 400, 403, 404, 405, 503].includes(response.status),
        `${method} ${where}: ${response.status}`,
      );
      assert(!text.includes(CANARY) && !JSON.stringify([...response.headers]).includes(CANARY), text);
      assert(/^default-src 'none'/.test(response.headers.get("content-security-policy") ?? ""));
      assertEquals(errors, []);
    }),
    1500,
  );
});

Deno.test("fuzz: page, report, discovery and routes can be made of any view", async () => {
  await fuzz(
    fc.asyncProperty(arbitraryView, async (view) => {
      const { app, errors } = appOn(view);
      for (const where of ["/", "/api/v1/report", "/sd", "/-/ready"]) {
        const response = await app(new Request(`http://localhost${where}`));
        await response.body?.cancel();
        assertEquals([response.status, errors], [200, []], where);
      }
      for (const { server } of view.servers) {
        for (const route of ["primary", "replica", "sync", "read"]) {
          const url = `http://localhost/servers/${
            encodeURIComponent(server.toWellFormed())
          }/${route}?max_lag=1s`;
          const response = await app(new Request(url));
          await response.body?.cancel();
          assert([200, 503].includes(response.status), `${url}: ${response.status}`);
        }
      }
    }),
    60,
  );
});
