import { assert, assertEquals } from "@std/assert";
import type { ProbeConfig } from "../../src/config/config.ts";
import { fromSource } from "../../src/config/connection_parameters.ts";
import { resolveTarget } from "../../src/config/connection_target.ts";
import type { View } from "../../src/domain/view.ts";
import type { Family } from "../../src/metrics/family.ts";
import { PoolFullError } from "../../src/scrape/probe/probe_pool.ts";
import { createApp } from "../../src/web/app.ts";
import { noteClient } from "../../src/web/client.ts";
import { appEndpoints } from "../../src/web/endpoints.ts";
import { SERVERS_PREFIX } from "../../src/web/routes/servers.ts";
import { sender } from "../cluster/fixtures.ts";
import { NOW, viewOf } from "../cluster/findings/views.ts";
import { subscriptionsView } from "../report/subscription_views.ts";
import { fakeScraper, FAMILIES, get, STILL_CLOCK } from "./fakes.ts";

const PROBE: ProbeConfig = {
  modules: new Map([["default", {
    name: "default",
    target: resolveTarget(fromSource([["user", "monitor"]], "test")),
  }]]),
  allowedTargets: ["db9"],
};

/** A primary and a synchronous standby, heard of just now. */
const healthy: View = (() => {
  const view = viewOf({
    primary: { senders: [sender({ applicationName: "standby", slot: "standby", syncState: "sync" })] },
  });
  return { ...view, servers: view.servers.map((server) => ({ ...server, heardAt: NOW })) };
})();

/** A publisher and its subscribers, heard of just now. */
const subscribed: View = (() => {
  const view = subscriptionsView();
  return { ...view, servers: view.servers.map((server) => ({ ...server, heardAt: NOW })) };
})();

/** An app as `serve` makes one, on a view; `signal` ends its streams of events. */
function appOn(
  view: View | null,
  options: {
    readonly signal: AbortSignal;
    readonly scrape?: () => Promise<readonly Family[]>;
    readonly maxRequests?: number;
    readonly isPoolFull?: boolean;
  },
) {
  const { signal, scrape = () => Promise.resolve(FAMILIES), maxRequests = 0, isPoolFull = false } = options;
  return createApp({
    scraper: fakeScraper({ view, scrape }),
    pool: { scrape: () => isPoolFull ? Promise.reject(new PoolFullError("full")) : scrape() },
    probe: PROBE,
    telemetryPath: "/metrics",
    maxRequests,
    clock: {
      ...STILL_CLOCK,
      monotonic: () => NOW,
      // The stream of events waits for its next step until it is ended.
      sleep: (_seconds, outer) =>
        new Promise((_resolve, reject) => {
          if (outer?.aborted) reject(outer.reason);
          else outer?.addEventListener("abort", () => reject(outer.reason), { once: true });
        }),
    },
    version: "1.2.3",
    signal,
  });
}

/** A question for each path and status of the table. */
const QUESTIONS: readonly (readonly [endpoint: string, status: number, path: string, view: View | null])[] = [
  ["/", 200, "/", null],
  ["/metrics", 200, "/metrics", healthy],
  ["/api/v1/report", 200, "/api/v1/report", healthy],
  ["/api/v1/report", 503, "/api/v1/report", null],
  ["/api/v1/report", 400, "/api/v1/report?fresh=yes", healthy],
  ["/api/v1/preflight/NAME", 200, "/api/v1/preflight/standby?fresh=true", healthy],
  ["/api/v1/preflight/NAME", 200, "/api/v1/preflight/nobody", healthy],
  ["/api/v1/preflight/NAME", 400, "/api/v1/preflight/%ff", healthy],
  ["/api/v1/preflight/NAME", 503, "/api/v1/preflight/standby", null],
  ["/api/v1/events", 200, "/api/v1/events?as=page", healthy],
  ["/api/v1/events", 400, "/api/v1/events?as=poem", healthy],
  ["/probe", 200, "/probe?target=standby", healthy],
  ["/probe", 200, "/probe?target=db9:5433&auth_module=default", healthy],
  ["/probe", 400, "/probe", healthy],
  ["/probe", 400, "/probe?target=db9&auth_module=other", healthy],
  ["/probe", 403, "/probe?target=db8", healthy],
  ["/sd", 200, "/sd", healthy],
  ["/sd", 503, "/sd", null],
  ["/servers/NAME/primary", 200, "/servers/primary/primary", healthy],
  ["/servers/NAME/replica", 200, "/servers/standby/replica?max_lag=5s&max_bytes=16MB&min_lsn=0/1", healthy],
  ["/servers/NAME/sync", 200, "/servers/standby/sync", healthy],
  ["/servers/NAME/read", 200, "/servers/primary/read", healthy],
  ["/servers/NAME/subscriber", 200, "/servers/sub/subscriber?subscription=orders&max_lag=5s", subscribed],
  ...["primary", "replica", "sync", "read", "subscriber"].flatMap((kind) => {
    const endpoint = `/servers/NAME/${kind}`;
    return [
      [endpoint, 400, `/servers/standby/${kind}?max_lag=fast`, healthy],
      [endpoint, 404, `/servers/nobody/${kind}`, healthy],
      [endpoint, 503, `/servers/standby/${kind}`, null],
    ] as const;
  }),
  ["/runbooks/NAME", 200, "/runbooks/PgreplServerDown", null],
  ["/runbooks/NAME", 404, "/runbooks/PgreplServerDow", null],
  ["/-/healthy", 200, "/-/healthy", null],
  ["/-/ready", 200, "/-/ready", healthy],
  ["/-/ready", 503, "/-/ready", null],
];

/** Statuses that take more than one request to see. */
const ELSEWHERE = ["/metrics 503", "/api/v1/events 429", "/api/v1/events 503", "/probe 503"];

for (const [endpoint, status, path, view] of QUESTIONS) {
  Deno.test(`${path} ${view === null ? "before the first collection" : "later"}: ${status}`, async () => {
    const stop = new AbortController();
    const response = await appOn(view, { signal: stop.signal })(get(path));
    const row = appEndpoints("/metrics").find((each) => each.path === endpoint);
    assertEquals(response.status, status);
    assert(row !== undefined, `${endpoint} is not in the table`);
    assert(row.statuses.some(([stated]) => stated === status), `${endpoint} does not say ${status}`);
    const type = response.headers.get("content-type")?.split(";")[0] ?? "";
    if (status === 200) assert(row.type.includes(type), `${type}, not ${row.type}`);
    else assertEquals(type, "text/plain");
    await response.body?.cancel();
    stop.abort();
  });
}

Deno.test("appEndpoints() lists only statuses that a test covers", () => {
  const stated = appEndpoints("/metrics").flatMap(({ path, statuses }) =>
    statuses.map(([status]) => `${path} ${status}`)
  );
  const seen = [...QUESTIONS.map(([path, status]) => `${path} ${status}`), ...ELSEWHERE];
  assertEquals([...new Set(stated)].sort(), [...new Set(seen)].sort());
});

for (const path of ["/metrics", "/probe?target=standby"]) {
  Deno.test(`${path}: 503 beyond --web.max-requests`, async () => {
    const stop = new AbortController();
    const held = Promise.withResolvers<readonly Family[]>();
    const app = appOn(healthy, { signal: stop.signal, scrape: () => held.promise, maxRequests: 1 });
    const first = app(get(path));
    const second = await app(get(path));
    assertEquals([second.status, second.headers.get("retry-after")], [503, "1"]);
    held.resolve(FAMILIES);
    assertEquals((await first).status, 200);
    stop.abort();
  });
}

Deno.test("appEndpoints(): /probe answers 503 when the pool is full, events when the exporter is stopping", async () => {
  const stop = new AbortController();
  const app = appOn(healthy, { signal: stop.signal, isPoolFull: true });
  assertEquals((await app(get("/probe?target=db9"))).status, 503);
  stop.abort();
  assertEquals((await app(get("/api/v1/events"))).status, 503);
});

Deno.test("appEndpoints(): events answer 429 to an address with 25 streams, and serve others", async () => {
  const stop = new AbortController();
  const app = appOn(healthy, { signal: stop.signal });
  const ask = (address: string) => {
    const request = get("/api/v1/events");
    noteClient(request, address);
    return app(request);
  };
  const statuses: number[] = [];
  for (let count = 0; count < 26; count++) statuses.push((await ask("192.0.2.1")).status);
  assertEquals(statuses, [...Array.from({ length: 25 }, () => 200), 429]);
  assertEquals((await ask("192.0.2.2")).status, 200);
  stop.abort();
});

Deno.test("appEndpoints(): every path allows GET and HEAD, and names them to other methods", async () => {
  const stop = new AbortController();
  const app = appOn(healthy, { signal: stop.signal });
  for (const { path, methods } of appEndpoints("/metrics")) {
    const url = `http://localhost${path.replace("NAME", "standby")}`;
    const refused = await app(new Request(url, { method: "DELETE" }));
    assertEquals([refused.status, refused.headers.get("allow")], [405, methods.join(", ")], path);
    const head = await app(new Request(url, { method: "HEAD" }));
    assert(head.status !== 405, path);
  }
  stop.abort();
});

Deno.test("createApp() serves only the paths of the table", async () => {
  const stop = new AbortController();
  const app = appOn(healthy, { signal: stop.signal });
  const text = await (await app(get("/nowhere"))).text();
  const listed = text.slice(text.indexOf("choose one of ") + "choose one of ".length).trim().split(", ");
  assertEquals(listed, appEndpoints("/metrics").map(({ path }) => path).sort());
  assertEquals((await app(get(`${SERVERS_PREFIX}standby/other`))).status, 404);
  stop.abort();
});
