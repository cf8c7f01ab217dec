/**
 * PostgreSQL's Unix sockets where Debian, Red Hat and the sources put them.
 *
 * Deno connects only to a socket that the program may both read and write, and the program may write to nothing that
 * is not listed: these directories, and of `/tmp`, which is everybody's, the sockets of the usual ports.
 */
export const SOCKET_PLACES: readonly string[] = [
  "/run/postgresql",
  "/var/run/postgresql",
  ...[5432, 5433, 5434, 5435, 5436, 5437, 5438, 5439].map((port) => `/tmp/.s.PGSQL.${port}`),
];

/** Directories of sockets that libpq is built with; in a password file they are `localhost`. */
export const DEFAULT_SOCKET_DIRECTORIES: readonly string[] = [
  "/run/postgresql",
  "/var/run/postgresql",
  "/tmp",
];
