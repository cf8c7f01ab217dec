import { createHash } from "node:crypto";
import type { Alert } from "../../report/alerts/alert.ts";
import { didYouMean } from "../../config/suggestion.ts";
import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";
import { bodyResponse } from "../responses.ts";

/** What the paths of runbooks begin with. */
export const RUNBOOKS_PREFIX = "/runbooks/";

/** Allows only the style of the page. */
function policyFor(style: string): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/**
 * `/runbooks/NAME`: the runbook of an alert, as a page. The alerts are loaded with the first one.
 *
 * @throws {HttpError} 404 for another name.
 */
export function runbooksRoute(): Handler {
  return async ({ url }) => {
    const [{ alertGroups }, { renderRunbookPage }, { PAGE_STYLE }] = await Promise.all([
      import("../../report/alerts/catalogue.ts"),
      import("../../report/alerts/runbook.ts"),
      import("../../report/page/style.ts"),
    ]);
    const name = new URL(url).pathname.slice(RUNBOOKS_PREFIX.length).replace(/\.md$/, "");
    const alerts: readonly Alert[] = alertGroups.flatMap((group) => group.alerts);
    const alert = alerts.find((each) => each.name === name);
    if (alert === undefined) {
      const names = alerts.map((each) => each.name);
      throw new HttpError(
        404,
        `There is no such runbook${didYouMean(name, names) || `: choose one of ${names.join(", ")}`}`,
      );
    }
    return bodyResponse(renderRunbookPage(alert, { style: PAGE_STYLE }), "text/html; charset=utf-8", {
      headers: { "content-security-policy": policyFor(PAGE_STYLE) },
    });
  };
}
