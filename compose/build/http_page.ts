/**
 * What is served over HTTP as a page, from the tables by which requests are answered.
 *
 * @module
 */
import type { HttpEndpoint } from "../../src/web/endpoints.ts";

/** Paths of one kind. */
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
 * @param sections In the order they are shown.
 * @returns Markdown.
 */
export function renderHttpPage(sections: readonly HttpSection[]): string {
  return [
    "# HTTP",
    "",
    "Written by `deno task docs` from the tables by which requests are answered; a test fails when the two differ, and " +
    "another asks for every path and status.",
    "",
    "Every path may also answer:",
    "",
    "| | |",
    "|---|---|",
    "| 401 | `basic_auth_users` of `--web.config.file` has users, and the request comes without a login or with a wrong one |",
    "| 404 | no such path; the text lists those that there are |",
    "| 405 | another method; `Allow` says which |",
    "| 429 | more requests than `rate_limit` of `--web.config.file` allows |",
    "| 500 | a fault of the exporter; its log says why |",
    "| 503 | too many logins are being checked |",
    "",
    'A refusal is one sentence that says what was expected: plain text, from the management paths JSON, `{"error": …}`. ' +
    "`Retry-After` comes with 429 and with a 503 that passes by itself. No answer may be stored (`Cache-Control: no-store`).",
    "",
    "**Who may see what:** without `--web.config.file` everybody who reaches the port sees everything but management. With " +
    "`basic_auth_users` every path asks for a login, `/-/healthy` too; with `client_auth_type: RequireAndVerifyClientCert` " +
    "nobody without a certificate gets as far as HTTP. There is one kind of user: who may see the page may see the metrics.",
    "",
    sections.map(renderSection).join("\n\n"),
    "",
  ].join("\n");
}
