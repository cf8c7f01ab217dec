/**
 * PostgreSQL's Unix sockets where Debian, Red Hat and the sources put them.
 *
 * Deno connects only to a socket that the program may both read and write, and the program may write to nothing that
 * is not listed: these directories, and of `/tmp`, which is everybody's, the sockets of the usual ports.
 */
export const SOCKET_PLACES: readonly string[] = [
  "/run/postgresql",
  "/var/run/postgresql",
  "/tmp/.s.PGSQL.5432",
  "/tmp/.s.PGSQL.5433",
  "/tmp/.s.PGSQL.5434",
  "/tmp/.s.PGSQL.5435",
  "/tmp/.s.PGSQL.5436",
  "/tmp/.s.PGSQL.5437",
  "/tmp/.s.PGSQL.5438",
  "/tmp/.s.PGSQL.5439",
];

/** Directories of sockets that libpq is built with; in a password file they are `localhost`. */
export const DEFAULT_SOCKET_DIRECTORIES: readonly string[] = [
  "/run/postgresql",
  "/var/run/postgresql",
  "/tmp",
];
