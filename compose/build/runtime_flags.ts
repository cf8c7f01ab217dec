/**
 * The runtime flags and permissions of the exporter: the task `start` and the compiled binary use exactly these.
 *
 * - network: to listen, and to connect to servers at any address;
 * - reading files: configuration, password files, `.pgpass`, certificates, wherever the user keeps them;
 * - environment: only the variables listed here;
 * - writing: systemd's `StateDirectory`, where `--state.file` may keep the lag clock's history; its `RuntimeDirectory`,
 *   with the management socket; systemd's notification socket; and PostgreSQL's sockets in their default places, because
 *   Deno connects only to sockets that it may write to.
 *
 * It may not write anything else, run programs, load libraries or prompt.
 *
 * @module
 */

import { LIBPQ_ENVIRONMENT, LIBPQ_PLACES } from "../../src/config/conninfo_keywords.ts";
import { SOCKET_PLACES } from "../../src/postgres/socket_places.ts";

/** Directory for `--state.file`: systemd creates it for `StateDirectory=pg-replication-exporter`. */
export const STATE_DIRECTORY = "/var/lib/pg-replication-exporter";

/** Directory of the management socket: systemd creates it for `RuntimeDirectory=pg-replication-exporter`. */
const RUNTIME_DIRECTORY = "/run/pg-replication-exporter";

/** systemd's notification socket. */
const SYSTEMD_SOCKET = "/run/systemd/notify";

/** Variables of the original script. */
const CLASSIC = [
  "EXPORTER_PORT",
  "POSTGRES_DB",
  "POSTGRES_PASSWORD",
  "POSTGRES_PASSWORD_FILE",
  "POSTGRES_USER",
  "PRIMARY_HOST",
  "PRIMARY_PORT",
  "STANDBY_HOST",
  "STANDBY_PORT",
];

/** Variables of the exporter: those of its flags, and those about the terminal. */
const OWN = ["NO_COLOR", "PGREPL_*", "TERM"];

/** Variables of sd_notify(3). */
const SYSTEMD = ["NOTIFY_SOCKET", "RUNTIME_DIRECTORY", "WATCHDOG_PID", "WATCHDOG_USEC"];

/**
 * A small young generation and a slowly growing heap: the exporter creates the same garbage every few seconds for months,
 * and V8's defaults let the memory grow to 180 MiB. Measured over 10,000 collections (`deno task bench`): half of that.
 */
const V8_FLAGS = ["--max-semi-space-size=4", "--heap-growing-percent=20"];

/**
 * The flags for `deno run` and `deno compile`: memory and permissions.
 *
 * @returns Flags, in a fixed order.
 */
export function runtimeFlags(): readonly string[] {
  const libpq = LIBPQ_ENVIRONMENT.map(([variable]) => variable);
  const variables = [...new Set([...CLASSIC, ...libpq, ...LIBPQ_PLACES, ...OWN, ...SYSTEMD])].sort();
  return [
    `--v8-flags=${V8_FLAGS.join(",")}`,
    // Datagram sockets, for systemd.
    "--unstable-net",
    "--no-prompt",
    "--allow-net",
    "--allow-read",
    // The time since boot, which systemd needs for reload notifications.
    "--allow-sys=osUptime",
    `--allow-write=${[STATE_DIRECTORY, RUNTIME_DIRECTORY, SYSTEMD_SOCKET, ...SOCKET_PLACES].join(",")}`,
    `--allow-env=${variables.join(",")}`,
    // All other variables read as unset; without this flag the allowed ones could not be listed.
    "--ignore-env",
  ];
}
