import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { until } from "../../compose/lab/until.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { faintTexts, needingBrowser, TestBrowser } from "./browser.ts";
import { reasonToSkip } from "./support.ts";
import { type Cluster, untilHolds, withCluster } from "./support.ts";
import { findFreePort } from "../../compose/lab/ports.ts";

const skipped = reasonToSkip();

function serveArgs(cluster: Cluster): readonly string[] {
  return [
    "--collect.interval=2s",
    "--collect.deadline=30s",
    // A disconnected standby stays a warning however long the test takes.
    "--report.critical-lag=1d",
    ...cluster.servers.map((server) => `--server=${server.name}=${server.dsn({ user: "monitor" })}`),
  ];
}

async function serve(cluster: Cluster): Promise<ServeProcess> {
  const exporter = await ServeProcess.start(FROM_SOURCE, { args: serveArgs(cluster) });
  await until("the first report", async () => {
    const response = await exporter.fetch("/-/ready");
    await response.body?.cancel();
    return response.ok;
  });
  return exporter;
}

/** Waits until a part of the page has a text. */
async function untilSays(
  page: Page,
  { where, what, seconds = 60 }: { readonly where: string; readonly what: RegExp; readonly seconds?: number },
): Promise<void> {
  let text = "";
  try {
    await until(`${where} to say ${what}`, async () => {
      text = await page.locator(where).first().innerText();
      return what.test(text);
    }, { seconds });
  } catch (cause) {
    throw new Error(`${where} says: ${text}`, { cause });
  }
}

Deno.test({
  ...needingBrowser(
    "The page in a browser shows a real cluster, and follows a fault and its end without a reload",
  ),
  ...(skipped === null ? {} : { ignore: true }),
  fn: async () => {
    await withCluster({ standbys: 3, cascade: true, load: 20 }, async (cluster) => {
      await using exporter = await serve(cluster);
      await using browser = await TestBrowser.start();
      await using opened = await browser.open(`${exporter.url}/`, { viewport: { width: 1280, height: 900 } });
      const { page, complaints, requests } = opened;
      await page.evaluate("window.isTheSameDocument = true");
      const row = `.standbys tr[data-key="standby2"]`;
      await untilSays(page, { where: row, what: /healthy: (streaming|idle)/ });
      await untilHolds("all edges to be whole", async () => {
        assertEquals(await page.locator(".node").count(), 4);
        assertEquals(await page.locator(".edge").count(), 3);
        assertEquals(await page.locator(".edge.cut-off").count(), 0);
      });
      for (const server of cluster.servers) {
        assert(await page.getByText(`127.0.0.1:${server.port}`).count() > 0, server.name);
      }
      await browser.picture(page, "page-well");

      // What a person does meanwhile stays as it is.
      const notes = page.locator("summary", { hasText: "checks fine" });
      await notes.click();
      await page.locator("tr[data-key=standby2] th > bdi").last().selectText();

      await cluster.faults.cutLink("standby2");
      await untilSays(page, { where: row, what: /warning: disconnected/ });
      await untilSays(page, { where: ".tree li[data-key=standby2]", what: /disconnected, / });
      await untilHolds("one edge to be cut off", async () => {
        assertEquals(await page.locator(".edge.cut-off").count(), 1);
      });
      await untilSays(page, { where: "#region-verdict", what: /Critical|Warning/ });
      await untilSays(page, { where: "#region-findings", what: /standby2/ });
      await untilSays(page, { where: "#region-events", what: /detached\s.*standby2/s });
      const aloud = /^The state is (critical|warning): .*\d of 3 standbys healthy$/;
      await untilSays(page, { where: "#region-aloud", what: aloud });
      await browser.picture(page, "page-cut-off");
      const lag = await page.locator(`${row} .figure`).innerText();
      await until(
        "the lag to grow on the page",
        async () => await page.locator(`${row} .figure`).innerText() !== lag,
      );

      assertEquals(await page.evaluate("getSelection().toString()"), "standby2");
      assertEquals(await page.locator("details[data-key=checks]").getAttribute("open"), "");
      assertEquals(await page.evaluate("document.activeElement.tagName"), "SUMMARY");

      await cluster.faults.healLink("standby2");
      await untilSays(page, { where: row, what: /healthy: (streaming|idle)/ });
      await untilHolds("all edges to be whole again", async () => {
        assertEquals(await page.locator(".edge.cut-off").count(), 0);
      });
      assertEquals(await page.evaluate("window.isTheSameDocument"), true);
      assertEquals(complaints, []);
      // A page without events for 15 s reconnects and gets the same again.
      assertEquals([...new Set(requests)], [`${exporter.url}/`, `${exporter.url}/api/v1/events?as=page`]);

      // The stream of an open page is closed at once; a connection that would delay the shutdown is cut, an error here.
      const stream = await fetch(`${exporter.url}/api/v1/events?as=page`);
      const told = stream.text().then(() => "ended", String);
      const { code } = await exporter.stop();
      assertEquals([code, await told], [0, "ended"]);
    });
  },
});

Deno.test({
  ...needingBrowser("The page in a browser says that it has lost the exporter, and finds it again by itself"),
  ...(skipped === null ? {} : { ignore: true }),
  fn: async () => {
    await withCluster({ standbys: 1 }, async (cluster) => {
      const address = `127.0.0.1:${findFreePort()}`;
      const args = [...serveArgs(cluster), `--web.listen-address=${address}`];
      const start = () => ServeProcess.start(FROM_SOURCE, { args });
      await using browser = await TestBrowser.start();
      await using first = await start();
      await using opened = await browser.open(`http://${address}/`);
      const { page } = opened;
      const banner = page.getByRole("alert");
      await untilSays(page, { where: ".standbys", what: /standby/ });
      assertEquals(await banner.count(), 0);
      await first.stop();
      await untilSays(page, {
        where: "#lost",
        what: /^Connection to the exporter lost at .* The data shown is out of date/,
      });
      assertEquals(await page.locator("body.stale").count(), 1);
      assertEquals(await banner.isVisible(), true);
      assertEquals(await page.locator(".pulse").isVisible(), false);
      assertEquals(await faintTexts(page), [], "what is old can still be read");
      await browser.picture(page, "page-lost");
      await using second = await start();
      await untilHolds("the exporter to be found again", async () => {
        assertEquals(await page.locator("#lost").innerText(), "");
        assertEquals(await page.locator("body.stale").count(), 0);
      });
      await second.stop();
    });
  },
});

Deno.test({
  ...needingBrowser(
    "The page in a browser can be read in both themes, on a phone, by keyboard and by a screen reader",
  ),
  ...(skipped === null ? {} : { ignore: true }),
  fn: async () => {
    await withCluster({ standbys: 3, cascade: true, load: 20 }, async (cluster) => {
      await using exporter = await serve(cluster);
      await using browser = await TestBrowser.start();
      await cluster.faults.cutLink("standby2");
      for (const colorScheme of ["light", "dark"] as const) {
        for (const width of [320, 360, 800, 1280]) {
          const title = `${colorScheme}, ${width}`;
          await using opened = await browser.open(`${exporter.url}/`, {
            colorScheme,
            viewport: { width, height: 800 },
          });
          const { page, complaints } = opened;
          await untilSays(page, { where: ".standbys tr[data-key=standby2]", what: /warning/ });
          // The findings follow as both servers are read: until then the page changes under the keyboard.
          const all = /expected standbys[^]*No WAL receiver[^]*3 notes/;
          await untilSays(page, { where: "#region-findings", what: all });
          await until("the plots to begin", async () => await page.locator("svg.plot").count() === 3);
          await page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)");
          const sizes = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]");
          assertEquals(sizes, [width, width], `${title}: scrolls sideways`);
          const back = await page.evaluate("getComputedStyle(document.body).backgroundColor");
          assertEquals(back, colorScheme === "light" ? "rgb(246, 247, 249)" : "rgb(17, 20, 23)", title);
          assertEquals(await faintTexts(page), [], title);
          assertEquals(complaints, [], title);
          await browser.picture(page, `page-${colorScheme}-${width}`);
          if (colorScheme === "light") await checkTree(page, title);
        }
      }
    });
  },
});

/** The accessibility tree. */
async function checkTree(page: Page, title: string): Promise<void> {
  for (const role of ["banner", "main", "navigation", "contentinfo"] as const) {
    assertEquals(await page.getByRole(role).count(), 1, `${title}: ${role}`);
  }
  const tree = await page.locator("body").ariaSnapshot();
  for (
    const line of [
      /^- banner:\n {2}- heading "PostgreSQL replication" \[level=1\]/m,
      /- status: "?The state is warning/,
      /- region "Verdict":\n +- '?heading ".+" \[level=2\]/,
      /- region "Findings":\n +- heading "\d+ findings?" \[level=2\]/,
      /- region "Cluster \d+ warning"/,
      /- group "Replication tree":\n +- list:/,
      /- table "Standbys":/,
      /- rowheader "standby2 /,
      /- columnheader "Last hour"/,
      /- '?img "Lag of standby over the last hour: /,
      /- table "Replication slots":/,
      /- table "Servers":/,
      /- region "Events":/,
      /- link "Metrics for Prometheus"/,
    ]
  ) assert(line.test(tree), `${title}: no ${line} in\n${tree}`);
  // Every control and picture has an accessible name.
  assertEquals(
    /- '?(link|button|img|table|heading|columnheader|rowheader)(?=:|$| \[)(?! ")/m.exec(tree)?.[0],
    undefined,
    title,
  );
  const standbys = page.getByRole("table", { name: "Standbys" });
  assertEquals(await standbys.getByRole("columnheader").count(), 5, title);
  assertEquals(await standbys.getByRole("rowheader").count(), 3, title);
  assertEquals(await standbys.getByRole("cell").count(), 12, title);
  // Every control is reachable by keyboard, and shows its focus.
  const wanted = await page.locator("a, summary, pre").count();
  const reached = new Set<string>();
  for (let step = 0; step < wanted + 5; step++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate<string | null>(`(() => {
      const node = document.activeElement;
      if (!node || node === document.body) return null;
      const { outlineStyle } = getComputedStyle(node);
      return outlineStyle + " " + [...document.querySelectorAll("a, summary, pre")].indexOf(node);
    })()`);
    if (at !== null && !at.endsWith(" -1")) reached.add(at);
  }
  const shown = [...reached].filter((at) => at.startsWith("solid "));
  assert(shown.length >= wanted - 1, `${title}: the keyboard reaches ${shown.length} of ${wanted}`);
}
