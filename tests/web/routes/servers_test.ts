import { assertEquals, assertStringIncludes } from "@std/assert";
import { NOW, viewOf } from "../../cluster/findings/views.ts";
import { subscriptionsView } from "../../report/subscription_views.ts";
import type { View } from "../../../src/domain/view.ts";
import { serversRoute } from "../../../src/web/routes/servers.ts";
import { answerErrors } from "../../../src/web/middleware.ts";
import { fakeScraper, get, STILL_CLOCK } from "../fakes.ts";

function viewWithLag(seconds: number): View {
  const view = viewOf({ derived: { lag: { seconds, bytes: 1000 }, lastPosition: 0x3000000n } });
  return { ...view, servers: view.servers.map((server) => ({ ...server, heardAt: NOW })) };
}

function routeOf(view: () => View | null, now: () => number = () => NOW) {
  const route = serversRoute({
    scraper: { ...fakeScraper(), view },
    clock: { ...STILL_CLOCK, monotonic: now },
  });
  return answerErrors(route, {});
}

Deno.test("serversRoute() answers 200 or 503 with the reason, 404 and 400 for invalid requests", async () => {
  const route = routeOf(() => viewWithLag(2));
  const cases: readonly (readonly [path: string, status: number, text: string])[] = [
    ["/servers/primary/primary", 200, "It is the primary"],
    ["/servers/primary/replica", 503, "It is a primary"],
    ["/servers/standby/primary", 503, "It is a standby"],
    ["/servers/standby/replica?max_lag=5s&max_bytes=16MB&min_lsn=0/3000000", 200, "2.0 s behind"],
    ["/servers/standby/replica?max_lag=1500ms", 503, "more than 1.5 s"],
    ["/servers/standby/replica?max_bytes=999", 503, "more than 999"],
    ["/servers/standby/read?min_lsn=0/3000001", 503, "not yet 0/3000001"],
    ["/servers/standby/sync", 503, "synchronous"],
    ["/servers/stanby/replica", 404, 'did you mean "standby"?'],
    ["/servers/standby", 404, "use /servers/NAME/"],
    ["/servers/standby/leader", 404, "primary, replica, sync, read, subscriber"],
    ["/servers/standby/replica/now", 404, "and one of primary"],
    ["/servers/%E0%A4%A/replica", 400, "not encoded"],
    ["/servers/standby/replica?max_lag=fast", 400, "such as 5s"],
    ["/servers/standby/replica?max_lag=1s&max_lag=2s", 400, "given twice"],
    ["/servers/standby/replica?lag=1s", 400, "Unknown parameter"],
    ["/servers/standby/replica?subscription=orders", 400, "Unknown parameter"],
    ["/servers/standby/subscriber?max_bytes=1", 400, "expected subscription, max_lag"],
    ["/servers/standby/subscriber", 503, "It has no subscription"],
    ["/servers/standby/replica?no_primary=maybe", 400, "expected serve or refuse"],
    ["/servers/standby/replica?no_primary=serve&max_lag=1s", 503, "more than 1.0 s"],
  ];
  for (const [path, status, text] of cases) {
    const response = await route(get(path));
    assertEquals(response.status, status, path);
    assertStringIncludes(await response.text(), text, path);
  }
});

Deno.test("serversRoute() answers 503 before the first collection and when its data is old", async () => {
  assertEquals((await routeOf(() => null)(get("/servers/primary/primary"))).status, 503);
  const late = await routeOf(() => viewWithLag(0), () => NOW + 5.5)(get("/servers/primary/primary"));
  assertEquals(late.status, 503);
  assertStringIncludes(await late.text(), "5.5 s old");
});

Deno.test("serversRoute() treats different spellings of a question as one", async () => {
  let lag = 6;
  const route = routeOf(() => viewWithLag(lag));
  const status = async (path: string) => (await route(get(path))).status;
  assertEquals(await status("/servers/standby/replica?max_lag=5s"), 503);
  lag = 4.5;
  assertEquals(await status("/servers/%73tandby/replica?max_lag=5000ms&"), 503);
  assertEquals(await status("/servers/standby/replica?max_lag=6s"), 200);
});

Deno.test("serversRoute() does not flap", async () => {
  let lag = 6;
  let now = NOW;
  const route = routeOf(() => viewWithLag(lag), () => now);
  const status = async () => (await route(get("/servers/standby/replica?max_lag=5s"))).status;
  assertEquals(await status(), 503);
  lag = 4.5;
  assertEquals(await status(), 503);
  lag = 3.9;
  now += 3;
  assertEquals(await status(), 200);
  lag = 4.5;
  assertEquals(await status(), 200);
});

Deno.test("serversRoute() does not flap on the lag of a subscription, and tells those of one server apart", async () => {
  const bare = subscriptionsView();
  let seconds = 6;
  let now = NOW;
  const view = (): View => ({
    ...bare,
    servers: bare.servers.map((server) => ({ ...server, heardAt: now })),
    subscriptions: bare.subscriptions.map((each) => ({ ...each, lag: { ...each.lag, seconds } })),
  });
  const route = routeOf(view, () => now);
  const status = async (subscription: string) =>
    (await route(get(`/servers/sub/subscriber?subscription=${subscription}&max_lag=5s`))).status;
  assertEquals([await status("orders"), await status("prices")], [503, 503]);
  seconds = 4.5;
  assertEquals(await status("orders"), 503);
  seconds = 1;
  now += 3;
  assertEquals([await status("orders"), await status("prices")], [200, 503]);
});
