import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { type Browser, chromium } from "playwright-core";
import type { View } from "../../src/domain/view.ts";
import { createApp } from "../../src/web/app.ts";
import { listen } from "../../src/web/listen.ts";
import { fakeScraper } from "../web/fakes.ts";
import { AT, TROUBLED, WELL } from "./views.ts";

const CHROMIUM = "/usr/bin/chromium";
const hasChromium = await Deno.stat(CHROMIUM).then((file) => file.isFile).catch(() => false);
/** Shown with the skipped test, since the runner has no other place for a reason. */
const REASON = hasChromium ? "" : ` (skipped: there is no ${CHROMIUM})`;

/** Serves a view and opens it in a browser, both for the time of a test. */
async function showing(
  view: View | null,
  test: (browser: Browser, url: string) => Promise<void>,
): Promise<void> {
  const end = new AbortController();
  const app = createApp({
    scraper: fakeScraper({ view }),
    telemetryPath: "/metrics",
    maxRequests: 0,
    clock: { monotonic: () => AT + 2, wall: () => 1_795_000_000, sleep: () => Promise.resolve() },
    version: "1.2.3",
  });
  const { addresses, finished } = await listen(app, {
    addresses: [{ hostname: "127.0.0.1", port: 0 }],
    signal: end.signal,
  });
  try {
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
    });
    try {
      await test(browser, `http://127.0.0.1:${addresses[0]?.port}/`);
    } finally {
      await browser.close();
    }
  } finally {
    end.abort();
    await finished;
  }
}

/** Contrast of two colours as `rgb(r, g, b)`, by WCAG 2. */
function contrast(one: string, other: string): number {
  const luminance = (color: string) => {
    const [red = 0, green = 0, blue = 0] = (color.match(/\d+/g) ?? []).slice(0, 3).map((part) => {
      const value = Number(part) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** In the page: text, colour and background of everything that shows text of its own. */
const COLORS = `[...document.body.querySelectorAll("*")]
  .filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim() !== ""))
  .map((node) => {
    let behind = node;
    while (behind && getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
    return [
      node.textContent.slice(0, 40),
      getComputedStyle(node).color,
      getComputedStyle(behind ?? document.body).backgroundColor,
    ];
  })`;

Deno.test({
  name: `The overview in a browser: themes, widths, contents, nothing refused and nothing fetched${REASON}`,
  ignore: !hasChromium,
  // The browser's driver keeps timers and pipes of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const shots = Deno.env.get("SCREENSHOT_DIRECTORY");
    for (const [name, view] of [["well", WELL], ["troubled", TROUBLED], ["waiting", null]] as const) {
      await showing(view, async (browser, url) => {
        for (const colorScheme of ["light", "dark"] as const) {
          for (const width of [320, 1030, 1280]) {
            const title = `${name}, ${colorScheme}, ${width}`;
            const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
            const complaints: string[] = [];
            const requests: string[] = [];
            page.on("console", (message) => complaints.push(message.text()));
            page.on("pageerror", (error) => complaints.push(String(error)));
            page.on("request", (request) => requests.push(request.url()));
            await page.goto(url, { waitUntil: "networkidle" });
            assertEquals(complaints, [], title);
            assertEquals(requests.filter((request) => !request.startsWith("data:")), [url], title);
            const sizes = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]");
            assertEquals(sizes, [width, width], `${title}: scrolls sideways`);
            // That the style is in force at all: the policy knows its hash.
            const back = await page.evaluate("getComputedStyle(document.body).backgroundColor");
            assertEquals(back, colorScheme === "light" ? "rgb(247, 248, 250)" : "rgb(20, 23, 26)", title);
            for (const [text, shown, behind] of await page.evaluate<[string, string, string][]>(COLORS)) {
              const ratio = contrast(shown, behind);
              assertGreaterOrEqual(ratio, 4.5, `${title}: "${text}" is ${shown} on ${behind}`);
            }
            if (shots) {
              await page.screenshot({ path: `${shots}/${name}_${colorScheme}_${width}.png`, fullPage: true });
            }
            await page.close();
          }
        }
      });
    }
  },
});

Deno.test({
  name: `The overview in a browser: its structure for a screen reader, at any width${REASON}`,
  ignore: !hasChromium,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await showing(TROUBLED, async (browser, url) => {
      for (const width of [390, 1280]) {
        const page = await browser.newPage({ viewport: { width, height: 800 } });
        await page.goto(url);
        assertEquals(await page.title(), "8 things need attention - PostgreSQL replication");
        assertEquals(await page.evaluate("document.documentElement.lang"), "en");
        for (const role of ["banner", "main", "navigation", "contentinfo"] as const) {
          assertEquals(await page.getByRole(role).count(), 1, role);
        }
        const table = page.getByRole("table", { name: "Servers" });
        assertEquals(await table.getByRole("row").count(), 8, `rows at ${width}`);
        assertEquals(await table.getByRole("columnheader").count(), 9);
        assertEquals(await table.getByRole("rowheader").count(), 7);
        const row = table.getByRole("row").filter({ hasText: "standby-far-behind" });
        const text = await row.innerText();
        for (const part of ["Trouble: up, but far behind", "192.3 s", "25.0 MiB", "standby", "18.4"]) {
          assert(text.includes(part), `${part} is missing in ${text}`);
        }
        await page.close();
      }
    });
  },
});
