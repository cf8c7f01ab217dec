import { createHash } from "node:crypto";
import type { Report } from "../../report/model.ts";
import { renderPage } from "../../report/page/page.ts";
import { PAGE_SCRIPT } from "../../report/page/script.ts";
import { PAGE_STYLE } from "../../report/page/style.ts";
import type { Handler } from "../handler.ts";

const encoder = new TextEncoder();

/** Only our own style and script, known by their hashes, icons inside the page, and our own events. */
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
 * What tells pages of one version of the program from others.
 *
 * @param version The exporter's version.
 */
export function pageBuild(version: string): string {
  return createHash("sha256").update(version).update(PAGE_STYLE).update(PAGE_SCRIPT).digest("hex").slice(
    0,
    16,
  );
}

/**
 * `/`: the page for people.
 *
 * @param options `readReport` gives the report of now, null before the first collection has ended; version and telemetry
 * path are shown.
 */
export function pageRoute(
  { readReport, ...shown }: {
    readonly readReport: () => Report | null;
    readonly version: string;
    readonly telemetryPath: string;
  },
): Handler {
  const build = pageBuild(shown.version);
  return () => {
    const body = encoder.encode(renderPage(readReport(), { ...shown, build }));
    return new Response(body, {
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-length": String(body.length),
        "content-security-policy": POLICY,
      },
    });
  };
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
