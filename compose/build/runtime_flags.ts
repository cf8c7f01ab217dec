/**
 * How the exporter runs and what it may do, in one place: the task `start` and the compiled binary get exactly this.
 *
 * - network: to listen, and to reach servers under any name or address;
 * - reading files: a configuration, a password file, `.pgpass`, certificates, wherever the user keeps them;
 * - the environment: only the variables that are listed here;
 * - writing: systemd's `StateDirectory`, where `--state.file` may keep the lag clock's history; its `RuntimeDirectory`,
 *   where the management socket is; the socket on which systemd hears that we live; and PostgreSQL's sockets in their usual places, because Deno connects to none that it may not write to.
 *
 * Nothing else may be written, nothing run, no library loaded, no question asked.
 *
 * @module
 */

import { LIBPQ_ENVIRONMENT, LIBPQ_PLACES } from "../../src/config/conninfo_keywords.ts";
import { SOCKET_PLACES } from "../../src/postgres/socket_places.ts";

/** Where `--state.file` may be: what systemd makes for `StateDirectory=pg-replication-exporter`. */
export const STATE_DIRECTORY = "/var/lib/pg-replication-exporter";

/** Where the management socket is: what systemd makes for `RuntimeDirectory=pg-replication-exporter`. */
const RUNTIME_DIRECTORY = "/run/pg-replication-exporter";

/** Where systemd listens to services. */
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

/** Variables of the program: twins of its flags, and what tells of the terminal. */
const OWN = ["NO_COLOR", "PGREPL_*", "TERM"];

/** What systemd tells a service that tells it how it is, as sd_notify(3) has it. */
const SYSTEMD = ["NOTIFY_SOCKET", "RUNTIME_DIRECTORY", "WATCHDOG_PID", "WATCHDOG_USEC"];

/**
 * A small young generation and a heap that grows by little: the exporter makes the same garbage every few seconds for
 * months, and V8's defaults let that reach 180 MiB. Measured over 10,000 collections (`deno task bench`): half of it.
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
    // Datagrams, for systemd.
    "--unstable-net",
    "--no-prompt",
    "--allow-net",
    "--allow-read",
    // When the machine was started: systemd orders reloads by it.
    "--allow-sys=osUptime",
    `--allow-write=${[STATE_DIRECTORY, RUNTIME_DIRECTORY, SYSTEMD_SOCKET, ...SOCKET_PLACES].join(",")}`,
    `--allow-env=${variables.join(",")}`,
    // Every other variable is as if it were not set, whoever asks; without this the allowed ones could not be listed.
    "--ignore-env",
  ];
}
