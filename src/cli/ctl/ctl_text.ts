import { z } from "zod";
import { CONFIG_REJECTED } from "../serve/reloader.ts";

const reloadAnswer = z.object({
  successful: z.boolean(),
  problems: z.array(z.string()),
  changes: z.array(z.string()),
  needs_restart: z.array(z.string()),
  at: z.string(),
  by: z.string(),
});

const statusAnswer = z.object({
  version: z.string(),
  pid: z.number(),
  uptime_seconds: z.number(),
  log_level: z.string(),
  listening: z.array(z.string()),
  web: z.object({
    tls: z.boolean(),
    client_auth: z.string(),
    users: z.number(),
    problems: z.array(z.string()),
  }),
  servers: z.array(z.object({
    name: z.string(),
    up: z.boolean(),
    role: z.string().nullable(),
    lag_seconds: z.number().nullable(),
    error: z.string().nullable(),
  })),
  last_reload: reloadAnswer.nullable(),
});

/** Servers listed in the text of a status. */
const MOST_LISTED = 50;

const refusalAnswer = z.object({ error: z.string() });
const pingAnswer = z.object({ version: z.string(), revision: z.string(), pid: z.number() });

/** The response to `reload` as text; null when it is something else. */
export function renderReload(body: unknown): string | null {
  const { data } = reloadAnswer.safeParse(body);
  return data === undefined ? null : linesOfReload(data).join("\n");
}

/** The response to `status` as text; null when it is something else. */
export function renderExporterStatus(body: unknown): string | null {
  const { data } = statusAnswer.safeParse(body);
  if (data === undefined) return null;
  const { version, pid, uptime_seconds, log_level, listening, web, servers, last_reload } = data;
  const guard = [
    web.tls ? "TLS" : "no TLS",
    ...(web.client_auth === "NoClientCert" ? [] : [web.client_auth]),
    web.users === 0 ? "no logins" : `${web.users} ${web.users === 1 ? "login" : "logins"}`,
  ].join(", ");
  // Those that are down come first where not all are listed.
  const sorted = servers.length > MOST_LISTED
    ? servers.toSorted((a, b) => Number(a.up) - Number(b.up))
    : servers;
  const shown = sorted.slice(0, MOST_LISTED);
  const left = servers.length - shown.length;
  const width = Math.max(6, ...shown.map(({ name }) => name.length));
  return [
    `pg-replication-exporter ${version}, process ${pid}, up for ${formatUptime(uptime_seconds)}`,
    `listening  ${listening.join(", ") || "nowhere"} (${guard})`,
    `log level  ${log_level}`,
    ...web.problems.map((problem) => `web configuration not in use: ${problem}`),
    "",
    `${"server".padEnd(width)}  state  role     lag`,
    ...shown.map(({ name, up, role, lag_seconds, error }) => {
      const lag = lag_seconds === null ? "-" : `${lag_seconds} s`;
      const line = `${name.padEnd(width)}  ${up ? "up   " : "down "}  ${(role ?? "-").padEnd(7)}  ${lag}`;
      return error === null ? line : `${line}\n${" ".repeat(width)}  ${error}`;
    }),
    ...(left === 0 ? [] : [`and ${left} more ${left === 1 ? "server" : "servers"} (--json lists all)`]),
    "",
    ...(last_reload === null ? ["not reloaded since start"] : [
      `last reload at ${last_reload.at} by ${last_reload.by}:`,
      ...linesOfReload(last_reload),
    ]),
  ].join("\n");
}

/** The response to `ping` as text; null when it is something else. */
export function renderPing(body: unknown): string | null {
  const { data } = pingAnswer.safeParse(body);
  return data === undefined
    ? null
    : `pg-replication-exporter ${data.version} (revision ${data.revision}), process ${data.pid}, is running`;
}

/** The response to a refused request as text. */
export function renderRefusal(
  { status: code, body }: { readonly status: number; readonly body: unknown },
): string {
  const { data } = refusalAnswer.safeParse(body);
  if (data !== undefined) return data.error;
  if (code === 401) {
    return "The exporter requires a valid login: give --user, and the password in PGREPL_CTL_PASSWORD";
  }
  const text = typeof body === "string" ? body.slice(0, 200) : "";
  return `The exporter returned status ${code}${text === "" ? "" : `: ${text}`}`;
}

function linesOfReload(
  { successful, problems, changes, needs_restart }: z.infer<typeof reloadAnswer>,
): readonly string[] {
  if (!successful) {
    return [`${CONFIG_REJECTED}:`, ...problems.map((each) => `  ${each}`)];
  }
  return [
    changes.length === 0 ? "Configuration reloaded: nothing has changed" : "Configuration reloaded:",
    ...changes.map((each) => `  ${each}`),
    ...needs_restart.map((each) => `  ${each} takes effect only after a restart`),
  ];
}

function formatUptime(seconds: number): string {
  const [days, hours, minutes] = [
    Math.floor(seconds / 86400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return `${days}d ${hours}h`;
  if (hours > 0) return `${hours}h ${minutes}m`;
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`;
}
