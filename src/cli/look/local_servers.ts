import { formatHostPort } from "../../config/listen_address.ts";
import { DEFAULT_SOCKET_DIRECTORIES, SOCKET_PLACES } from "../../postgres/socket_places.ts";
import type { Invocation, SettingValues } from "../command.ts";

/** The name of a server's socket. */
const SOCKET_NAME = /^\.s\.PGSQL\.(\d+)$/;

/** The socket of a PostgreSQL server on this host. */
interface ServerSocket {
  readonly path: string;
  readonly directory: string;
  readonly port: number;
}

/** How sockets and the user are found. */
export interface HostProbes {
  /** Names in a directory; none when it cannot be read. */
  readonly namesIn: (directory: string) => Promise<readonly string[]>;
  /** Whether a program listens on a Unix socket that may be used. */
  readonly listens: (socket: string) => Promise<boolean>;
  /** Number of the user of this process; null when unknown. */
  readonly uid: () => number | null;
}

/** The servers that were found. */
export interface LocalServers {
  /** Settings with which they, and the servers that they replicate with, are watched. */
  readonly settings: SettingValues;
  /** Their sockets. */
  readonly sockets: readonly string[];
  /** The role that logs in. */
  readonly user: string;
}

/**
 * PostgreSQL's servers on this host, by their sockets in the usual directories. The role is that of `POSTGRES_USER` or
 * `PGUSER`, otherwise, as in libpq, the name of the operating system's user.
 *
 * @param context The environment and files.
 * @param probes How the host is looked at.
 * @returns null when no server listens, or the user is unknown.
 */
export async function findLocalServers(
  { environment, readTextFile }: Pick<Invocation["context"], "environment" | "readTextFile">,
  { namesIn, listens, uid }: HostProbes,
): Promise<LocalServers | null> {
  const found = new Map<number, ServerSocket>();
  for (const directory of DEFAULT_SOCKET_DIRECTORIES) {
    for (const name of await namesIn(directory)) {
      const port = Number(SOCKET_NAME.exec(name)?.[1] ?? NaN);
      const path = `${directory}/${name}`;
      // Two servers cannot have one port and one directory; /run and /var/run are one directory.
      if (isPermitted(directory, path) && !found.has(port) && await listens(path)) {
        found.set(port, { path, directory, port });
      }
    }
  }
  if (found.size === 0) return null;
  const given = environment("POSTGRES_USER") || environment("PGUSER") || "";
  const user = given || await nameOfUser(uid(), readTextFile);
  if (user === "") return null;
  const servers = [...found.values()].toSorted((a, b) => a.port - b.port);
  return {
    settings: {
      server: servers.map(({ directory, port }) =>
        `${formatHostPort("localhost", port)}=host=${directory} port=${port}` +
        (given === "" ? ` user='${user.replaceAll(/[\\']/g, "\\$&")}'` : "")
      ),
      "discover-standbys": ["true"],
    },
    sockets: servers.map(({ path }) => path),
    user,
  };
}

/** Whether the compiled program may open a socket. */
function isPermitted(directory: string, path: string): boolean {
  return SOCKET_NAME.test(path.slice(directory.length + 1)) &&
    (SOCKET_PLACES.includes(directory) || SOCKET_PLACES.includes(path));
}

/** The name of a user in `/etc/passwd`; "" when it has none. */
async function nameOfUser(
  uid: number | null,
  readTextFile: (path: string) => Promise<string>,
): Promise<string> {
  if (uid === null) return "";
  try {
    const lines = (await readTextFile("/etc/passwd")).split("\n").map((line) => line.split(":"));
    return lines.find(([, , number]) => number === String(uid))?.[0] ?? "";
  } catch {
    return "";
  }
}
