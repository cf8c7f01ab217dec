/**
 * A real browser for tests of the page.
 *
 * @module
 */
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";

const isInstalled = await Deno.stat(CHROMIUM).then((file) => file.isFile).catch(() => false);

/** Name and options of a test that needs the browser; the runner has no other place for the reason of a skip. */
export function needingBrowser(name: string) {
  return {
    name: isInstalled ? name : `${name} (skipped: there is no ${CHROMIUM})`,
    ignore: !isInstalled,
    // The browser's driver keeps timers and pipes of its own.
    sanitizeOps: false,
    sanitizeResources: false,
  };
}

/** Where screenshots are kept: `PGREPL_TEST_ARTIFACTS`, else a directory that is removed with the browser. */
async function openArtifacts(): Promise<{ readonly directory: string; readonly isKept: boolean }> {
  const kept = Deno.env.get("PGREPL_TEST_ARTIFACTS");
  if (!kept) return { directory: await Deno.makeTempDir({ prefix: "pgrepl-page-" }), isKept: false };
  await Deno.mkdir(kept, { recursive: true });
  return { directory: kept, isKept: true };
}

/** A page with everything it complained of and asked for. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Console messages and uncaught errors. */
  readonly complaints: readonly string[];
  /** Addresses of its requests, `data:` left out. */
  readonly requests: readonly string[];
}

/** A browser until disposed. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #artifacts: { readonly directory: string; readonly isKept: boolean };

  private constructor(browser: Browser, artifacts: { readonly directory: string; readonly isKept: boolean }) {
    this.#browser = browser;
    this.#artifacts = artifacts;
  }

  /** Starts it. */
  static async start(): Promise<TestBrowser> {
    const artifacts = await openArtifacts();
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
    });
    return new TestBrowser(browser, artifacts);
  }

  /** Opens a page. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<WatchedPage> {
    const context = await this.#browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith("data:")) requests.push(request.url());
    });
    await page.goto(url, { waitUntil: "load" });
    return { page, complaints, requests, [Symbol.asyncDispose]: () => context.close() };
  }

  /** Keeps a picture of a whole page, when pictures are kept. */
  async picture(page: Page, name: string): Promise<void> {
    await page.screenshot({ path: `${this.#artifacts.directory}/${name}.png`, fullPage: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    const { directory, isKept } = this.#artifacts;
    if (!isKept) await Deno.remove(directory, { recursive: true });
  }
}

/** Contrast of two colours as `rgb(r, g, b)`, by WCAG 2. */
export function contrast(one: string, other: string): number {
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

/** In the page: text, colour and background of everything that shows text of its own, drawings included. */
const COLORS = `[...document.body.querySelectorAll("*")]
  .filter((node) => !node.closest("script, noscript, .aloud") && node.getClientRects().length > 0)
  .filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim() !== ""))
  .map((node) => {
    let behind = node;
    while (behind && getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
    const { color, fill } = getComputedStyle(node);
    return [
      node.textContent.slice(0, 40),
      node.closest("svg") ? fill : color,
      getComputedStyle(behind ?? document.body).backgroundColor,
    ];
  })`;

/** Texts whose contrast is below 4.5:1, each with its colours. */
export async function faintTexts(page: Page): Promise<readonly string[]> {
  const texts = await page.evaluate<readonly (readonly [string, string, string])[]>(COLORS);
  if (texts.length < 20) return [`only ${texts.length} texts were looked at`];
  return texts.filter(([, shown, behind]) => contrast(shown, behind) < 4.5)
    .map(([text, shown, behind]) => `"${text}" is ${shown} on ${behind}`);
}
