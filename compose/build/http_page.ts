/**
 * Renders docs/HTTP.md from the tables that route requests.
 *
 * @module
 */
import type { HttpEndpoint } from "../../src/web/endpoints.ts";

/** Paths that share a heading. */
export interface HttpSection {
  /** Heading. */
  readonly title: string;
  /** Paragraphs under it. */
  readonly text: string;
  /** The paths, in the order they are shown. */
  readonly endpoints: readonly HttpEndpoint[];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function renderEndpoint(
  { path, methods, answers, type, statuses, parameters, headers }: HttpEndpoint,
): string {
  return [
    `### \`${path}\``,
    "",
    `${answers} ${methods.join(" or ")}; ${type}.`,
    "",
    "| | |",
    "|---|---|",
    ...statuses.map(([status, when]) => `| ${status} | ${cell(when)} |`),
    ...parameters.map(([name, meaning]) => `| \`?${name}=\` | ${cell(meaning)} |`),
    ...headers.map(([name, meaning]) => `| \`${name}:\` | ${cell(meaning)} |`),
  ].join("\n");
}

function renderSection({ title, text, endpoints }: HttpSection): string {
  return [`## ${title}`, "", text, "", endpoints.map(renderEndpoint).join("\n\n")].join("\n");
}

/**
 * The whole page.
 *
 * @param sections In the order of the page.
 * @returns Markdown.
 */
export function renderHttpPage(sections: readonly HttpSection[]): string {
  return [
    "# HTTP",
    "",
    "Written by `deno task docs` from the tables that route requests; a test fails when the two differ, and another one " +
    "requests every path and status.",
    "",
    "Every path may also return:",
    "",
    "| | |",
    "|---|---|",
    "| 401 | `basic_auth_users` in `--web.config.file` has users, and the request has no login or a wrong one |",
    "| 404 | no such path; the text lists the existing ones |",
    "| 405 | method not allowed; `Allow` lists the allowed ones |",
    "| 429 | more requests than `rate_limit` in `--web.config.file` allows |",
    "| 500 | an error in the exporter; its log gives the reason |",
    "| 503 | too many logins are being checked |",
    "",
    'An error is one sentence that names what was expected: plain text, or `{"error": …}` as JSON from the management paths. ' +
    "`Retry-After` is set with 429 and with a 503 that is temporary. Responses must not be cached (`Cache-Control: no-store`).",
    "",
    "**Access:** without `--web.config.file` everyone who can reach the port can read everything except management. With " +
    "`basic_auth_users` every path requires a login, including `/-/healthy`. With " +
    "`client_auth_type: RequireAndVerifyClientCert` a client without a certificate is rejected before HTTP. There are no " +
    "separate permissions: a user who can see the page can see the metrics.",
    "",
    sections.map(renderSection).join("\n\n"),
    "",
  ].join("\n");
}
