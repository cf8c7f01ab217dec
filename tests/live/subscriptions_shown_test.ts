import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startLogicalCluster } from "../../compose/lab/logical.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { faintTexts, needingBrowser, TestBrowser } from "./browser.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, until, untilHolds } from "./support.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);
const inBrowser = needingBrowser(
  "a subscription that stops is on the page, in the report, in list and watch, in the log and for a load balancer, and so is its return",
);

Deno.test({ ...inBrowser, ignore: ignore || inBrowser.ignore }, async (t) => {
  await using pair = await startLogicalCluster({ binaries: DEBIAN_15, standbys: 0, cdc: false, load: 20 });
  await pair.untilCaughtUp();
  const { primary } = pair.publisher;
  const dsns = [`primary=${primary.dsn()}`, `subscriber=${pair.subscriber.dsn({ database: "app" })}`];
  await using exporter = await ServeProcess.start(FROM_SOURCE, {
    args: [
      "--collect.interval=1s",
      "--collect.deadline=30s",
      // However long it is stopped here.
      "--report.critical-lag=1d",
      ...dsns.map((dsn) => `--server=${dsn}`),
    ],
  });
  const routed = async (query: string) => {
    const response = await exporter.fetch(`/servers/subscriber/subscriber${query}`);
    return [response.status, (await response.text()).trim()] as const;
  };
  const reported = async () => {
    const report = await (await exporter.fetch("/api/v1/report")).json();
    return report.subscriptions[0];
  };
  const command = async (...args: readonly string[]) => {
    const output = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        new URL("../../main.ts", import.meta.url).pathname,
        ...args,
        `--from=${exporter.url}`,
      ],
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    return { code: output.code, text: new TextDecoder().decode(output.stdout) };
  };
  await untilHolds("it to stream", async () => assertEquals((await reported())?.status, "healthy"));
  await using browser = await TestBrowser.start();
  await using opened = await browser.open(`${exporter.url}/`, { viewport: { width: 1280, height: 1000 } });
  const { page, complaints } = opened;
  const row = page.locator(`tr[data-key="subscriber/app/app_sub"]`);
  const edge = page.locator(`g[data-key="edge primary subscriber"]`);

  await t.step("it streams", async () => {
    await untilHolds("the row", async () => assertMatch(await row.innerText(), /healthy: (streaming|idle)/));
    assertMatch(await row.innerText(), /on subscriber, from primary\s.*3 of 3\s+no error/s);
    assertEquals(await edge.getAttribute("class"), "edge logical healthy");
    assertMatch(await edge.innerHTML(), /stroke-dasharray="10 4".*logical, /);
    assertEquals(await routed("?subscription=app_sub&max_lag=30s").then(([status]) => status), 200);
    assertEquals((await routed("?subscription=none"))[0], 503);
    assertMatch((await routed(""))[1], /^Subscription "app_sub" applies, /);
    const slots = page.locator("table", { hasText: "Replication slots" }).first();
    assertStringIncludes(await slots.innerText(), "used by app_sub on subscriber");
    await browser.picture(page, "subscriptions-well");
  });

  await t.step("it is disabled", async () => {
    await pair.subscribe("ALTER SUBSCRIPTION app_sub DISABLE");
    await untilHolds("the row", async () => assertMatch(await row.innerText(), /warning: disabled/));
    await untilHolds("the edge", async () => {
      assertMatch(await edge.innerHTML(), /stroke-dasharray="2 5".*stopped, /);
    });
    await untilHolds("the event", async () => {
      assertMatch(
        await page.locator("#region-events").innerText(),
        /subscription stopped\s+Subscription "app_sub" on "subscriber" has stopped: it is disabled/,
      );
    });
    assertMatch(await page.locator("#region-verdict").innerText(), /^Warning: /);
    const before = (await reported()).lag_seconds;
    await until("the lag to grow", async () => (await reported()).lag_seconds > before + 1);
    assertEquals((await reported()).lag_source, "upper_bound");
    const [status, reason] = await routed("?max_lag=1d");
    assertEquals([status, reason], [
      503,
      'Subscription "app_sub": it is disabled (ALTER SUBSCRIPTION ... DISABLE)',
    ]);
    await browser.picture(page, "subscriptions-stopped");

    const report = await command("report");
    assertEquals(report.code, 1);
    assertMatch(report.text, /app_sub +warning +\S+ +disabled +primary +subscriber/);
    assertMatch(report.text, /primary =logical=> subscriber \(app_sub\) stopped, /);
    assertMatch((await command("list")).text, /app_sub +subscriber +primary +disabled +.* 3 of 3 /);
    assertEquals((await command("doctor")).code, 1);
    const metrics = await exporter.scrape();
    assertMatch(
      metrics,
      /pgrepl_subscription_lag_sampled_seconds_count\{instance="subscriber",subscription="app_sub"\} \d+/,
    );
  });

  await t.step("narrow and dark, all of it is readable", async () => {
    await using narrow = await browser.open(`${exporter.url}/`, {
      viewport: { width: 360, height: 800 },
      colorScheme: "dark",
    });
    assertEquals(await narrow.page.evaluate("document.documentElement.scrollWidth"), 360);
    assertEquals(await faintTexts(narrow.page), []);
    assertEquals(
      await narrow.page.locator(".tree").first().innerText().then((text) => text.includes("stopped")),
      true,
    );
    await browser.picture(narrow.page, "subscriptions-narrow");
  });

  await t.step("it is enabled again", async () => {
    await pair.subscribe("ALTER SUBSCRIPTION app_sub ENABLE");
    await untilHolds("the row", async () => assertMatch(await row.innerText(), /healthy: (streaming|idle)/));
    await untilHolds("the event", async () => {
      assertMatch(
        await page.locator("#region-events").innerText(),
        /subscription resumed\s+Subscription "app_sub" on "subscriber" applies again/,
      );
    });
    await untilHolds("the route", async () => assertEquals((await routed("?max_lag=30s"))[0], 200));
    const events = await page.locator("#region-events li").count();
    assert(events === 2, await page.locator("#region-events").innerText());
  });
  assertEquals(complaints, []);
  await exporter.stop();
  assertMatch(await exporter.log(), /level=WARN .*event=subscription_stopped/);
});
