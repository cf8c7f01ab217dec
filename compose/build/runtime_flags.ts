/**
 * The runtime flags and permissions of the exporter, the same for the task `start` and the compiled binary.
 *
 * - network: to listen, and to connect to servers at any name or address;
 * - reading files: the configuration, password files, `.pgpass`, certificates, in any directory;
 * - the environment: only the variables listed here;
 * - writing: systemd's `StateDirectory` for `--state.file`, its `RuntimeDirectory` for the management socket, the socket
 *   for notifications to systemd, and PostgreSQL's sockets in their usual directories, because Deno needs write
 *   permission to connect to a socket.
 *
 * No other writes, no subprocesses, no libraries, no prompts.
 *
 * @module
 */

import { DATA_SOURCE_VARIABLES } from "../../src/config/other_tools.ts";
import { LIBPQ_ENVIRONMENT, LIBPQ_PLACES } from "../../src/config/conninfo_keywords.ts";
import { SOCKET_PLACES } from "../../src/postgres/socket_places.ts";

/** Directory of `--state.file`: created by systemd for `StateDirectory=pg-replication-exporter`. */
export const STATE_DIRECTORY = "/var/lib/pg-replication-exporter";

/** Directory of the management socket: created by systemd for `RuntimeDirectory=pg-replication-exporter`. */
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

/** Variables of the program: those of its flags, and those of the terminal. */
const OWN = ["NO_COLOR", "PGREPL_*", "TERM"];

/** Variables that systemd sets for a service, see sd_notify(3). */
const SYSTEMD = ["NOTIFY_SOCKET", "RUNTIME_DIRECTORY", "WATCHDOG_PID", "WATCHDOG_USEC"];

/**
 * A small young generation and a slowly growing heap: the exporter produces the same garbage every few seconds for
 * months, which reaches 180 MiB with V8's defaults, and half of that with these (10,000 collections, `deno task bench`).
 * Half of the young generation would save 2 MiB for a tenth more processor time of a scrape. With `--expose-gc` the
 * exporter returns what is left of a load.
 */
const V8_FLAGS = ["--max-semi-space-size=4", "--heap-growing-percent=20", "--expose-gc"];

/**
 * The flags for `deno run` and `deno compile`: memory and permissions.
 *
 * @returns Flags, in a fixed order.
 */
export function runtimeFlags(): readonly string[] {
  const libpq = LIBPQ_ENVIRONMENT.map(([variable]) => variable);
  const variables = [
    ...new Set([...CLASSIC, ...DATA_SOURCE_VARIABLES, ...libpq, ...LIBPQ_PLACES, ...OWN, ...SYSTEMD]),
  ].sort();
  return [
    `--v8-flags=${V8_FLAGS.join(",")}`,
    // Datagrams, for notifications to systemd.
    "--unstable-net",
    "--no-prompt",
    "--allow-net",
    "--allow-read",
    // Time since boot: part of reload notifications to systemd. The user: its name is the role on local sockets.
    "--allow-sys=osUptime,uid",
    `--allow-write=${[STATE_DIRECTORY, RUNTIME_DIRECTORY, SYSTEMD_SOCKET, ...SOCKET_PLACES].join(",")}`,
    `--allow-env=${variables.join(",")}`,
    // Other variables appear unset to all code; without this, the allowed ones cannot be listed.
    "--ignore-env",
  ];
}
