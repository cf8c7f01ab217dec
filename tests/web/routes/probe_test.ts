import { assertEquals, assertStringIncludes } from "@std/assert";
import type { ProbeConfig, ServerConfig } from "../../../src/config/config.ts";
import { fromSource } from "../../../src/config/connection_parameters.ts";
import { resolveTarget } from "../../../src/config/connection_target.ts";
import { PoolFullError } from "../../../src/scrape/probe/probe_pool.ts";
import { answerErrors } from "../../../src/web/middleware.ts";
import { type ProbeOptions, probeRoute } from "../../../src/web/routes/probe.ts";
import { viewOf } from "../../cluster/findings/views.ts";
import { fakeScraper, FAMILIES, get, TEXT } from "../fakes.ts";

const moduleOf = (name: string, parameters: Readonly<Record<string, string>>) =>
  [name, { name, target: resolveTarget(fromSource(Object.entries(parameters), "test")) }] as const;

const PROBE: ProbeConfig = {
  modules: new Map([
    moduleOf("default", { user: "monitor", password: "S3cret" }),
    moduleOf("other", { user: "else" }),
  ]),
  allowedTargets: ["db9", "10.0.0.0/8"],
};

const view = viewOf({ primarySnapshot: { address: { host: "db1", hostAddress: "10.9.9.9", port: 5432 } } });

function routeWith(options: Partial<ProbeOptions> = {}) {
  const asked: string[] = [];
  const pooled: (ServerConfig & { readonly module: string })[] = [];
  const scraper = {
    ...fakeScraper({ view }),
    scrapeServer: (name: string, { budgetSeconds }: { readonly budgetSeconds: number }) => {
      asked.push(`${name} ${budgetSeconds}`);
      return Promise.resolve(FAMILIES);
    },
  };
  const pool = {
    scrape: (server: ServerConfig, { module }: { readonly module: string }) => {
      pooled.push({ ...server, module });
      return Promise.resolve(FAMILIES);
    },
  };
  const route = answerErrors(probeRoute({ scraper, pool, probe: PROBE, ...options }), {});
  return { route, asked, pooled };
}

Deno.test("probeRoute() scrapes a watched server by name and by address, within Prometheus's timeout", async () => {
  const { route, asked, pooled } = routeWith();
  for (const target of ["primary", "db1", "DB1:5432", "10.9.9.9"]) {
    const response = await route(get(`/probe?target=${encodeURIComponent(target)}&auth_module=other`));
    assertEquals([response.status, await response.text()], [200, TEXT], target);
  }
  await route(get("/probe?target=standby", { "x-prometheus-scrape-timeout-seconds": "10" }));
  assertEquals(asked, ["primary 5", "primary 5", "primary 5", "primary 5", "standby 9.5"]);
  assertEquals(pooled, []);
});

Deno.test("probeRoute() watches an allowed host with the login of the module", async () => {
  const { route, asked, pooled } = routeWith();
  assertEquals((await route(get("/probe?target=db9:5433"))).status, 200);
  assertEquals((await route(get("/probe?target=10.1.1.1&auth_module=other"))).status, 200);
  assertEquals(asked, []);
  assertEquals(
    pooled.map(({ name, module, target }) => [name, module, target.user, target.password?.reveal()]),
    [
      ["db9:5433", "default", "monitor", "S3cret"],
      ["10.1.1.1:5432", "other", "else", undefined],
    ],
  );
});

Deno.test("probeRoute() rejects hosts that are not allowed, and says what is wrong", async () => {
  const { route, pooled } = routeWith();
  const cases: readonly (readonly [query: string, status: number, text: string])[] = [
    ["", 400, "add ?target="],
    ["?target=", 400, "add ?target="],
    ["?target=db2", 403, "probe.allowed_targets"],
    ["?target=db1:5433", 403, "may not be probed"],
    ["?target=11.0.0.1", 403, "may not be probed"],
    ["?target=u:S3cret@db9", 400, "without a login"],
    ["?target=db9&auth_module=missing", 400, "choose one of default, other"],
    ["?target=db9&auth_modul=other", 400, 'did you mean "auth_module"'],
    ["?target=db9&target=db1", 400, "given twice"],
  ];
  for (const [query, status, text] of cases) {
    const response = await route(get(`/probe${query}`));
    const said = await response.text();
    assertEquals(response.status, status, query);
    assertStringIncludes(said, text, query);
    assertEquals(said.includes("S3cret"), false, query);
  }
  assertEquals(pooled, []);
  const alone = routeWith({ probe: null });
  assertEquals((await alone.route(get("/probe?target=db9"))).status, 403);
});

Deno.test("probeRoute() reports a server as down until it is known, and answers 503 when there are too many", async () => {
  const silent = routeWith({ pool: { scrape: () => Promise.resolve([]) } });
  const response = await silent.route(get("/probe?target=db9"));
  assertStringIncludes(await response.text(), 'pgrepl_up{instance="db9:5432"} 0');
  const full = routeWith({ pool: { scrape: () => Promise.reject(new PoolFullError("Full")) } });
  assertEquals((await full.route(get("/probe?target=db9"))).status, 503);
});
