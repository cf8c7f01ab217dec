/**
 * PostgreSQL's Unix sockets in the default places of Debian, Red Hat and the sources.
 *
 * Deno connects only to a socket that the program may read and write, so each place must be listed at build time: these
 * directories, and in `/tmp`, which everybody can write to, only the sockets of the usual ports.
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

/** Default socket directories of libpq; in a password file they are `localhost`. */
export const DEFAULT_SOCKET_DIRECTORIES: readonly string[] = [
  "/run/postgresql",
  "/var/run/postgresql",
  "/tmp",
];
