import { createHash } from "node:crypto";
import type { Report } from "../../report/model.ts";
import { renderPage } from "../../report/page/page.ts";
import { PAGE_SCRIPT } from "../../report/page/script.ts";
import { PAGE_STYLE } from "../../report/page/style.ts";
import type { Handler } from "../handler.ts";
import { bodyResponse } from "../responses.ts";

/** Allows only the page's own style and script, by their hashes, inline icons, and the exporter's events. */
const POLICY = [
  "default-src 'none'",
  `script-src '${hashOf(PAGE_SCRIPT)}'`,
  `style-src '${hashOf(PAGE_STYLE)}'`,
  "img-src data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * Identifies the page's build: pages of another version reload.
 *
 * @param version The exporter's version.
 */
export function pageBuild(version: string): string {
  const hash = createHash("sha256").update(version).update(PAGE_STYLE).update(PAGE_SCRIPT);
  return hash.digest("hex").slice(0, 16);
}

/**
 * `/`: the page.
 *
 * @param options `readReport` returns the current report, null until the first collection has finished; version and
 *   telemetry path are shown.
 */
export function pageRoute(
  { readReport, ...shown }: {
    readonly readReport: () => Report | null;
    readonly version: string;
    readonly telemetryPath: string;
  },
): Handler {
  const build = pageBuild(shown.version);
  return () =>
    bodyResponse(renderPage(readReport(), { ...shown, build }), "text/html; charset=utf-8", {
      headers: { "content-security-policy": POLICY },
    });
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
