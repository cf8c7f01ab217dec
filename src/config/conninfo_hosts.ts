import type { Endpoint } from "./libpq_settings.ts";

/** libpq's lists, as written. */
export interface HostLists {
  /** `host`. */
  readonly host: string;
  /** `hostaddr`. */
  readonly hostaddr: string;
  /** `port`. */
  readonly port: string;
}

const DEFAULT_HOST = "localhost";
const DEFAULT_PORT = "5432";

/** What a host may not be, in words; "" when it is fine. */
function hostProblem(host: string): string {
  if (host.startsWith("@")) {
    return "names an abstract socket, which is not supported: give the socket's directory";
  }
  if (host.startsWith("/")) return "";
  return /^[\p{L}\p{N}._:%-]+$/u.test(host) ? "" : "is not a host name, an address or a socket's directory";
}

function split(text: string): readonly string[] {
  return text === "" ? [] : text.split(",");
}

/**
 * The places that the lists of a connection string name, in order.
 *
 * As in libpq: `host=a,b port=1,2` are two places, one port is for all, an empty element is the default, and `hostaddr`
 * needs as many elements as `host`.
 *
 * @param lists The lists; "" when not given.
 * @param problems Where problems are noted; values are not shown.
 * @returns At least one place.
 */
export function readEndpoints(lists: HostLists, problems: string[]): readonly Endpoint[] {
  const addresses = split(lists.hostaddr);
  const given = split(lists.host);
  const hosts = given.length > 0 ? given : addresses.length > 0 ? addresses : [DEFAULT_HOST];
  const ports = split(lists.port === "" ? DEFAULT_PORT : lists.port);
  if (addresses.length > 0 && addresses.length !== hosts.length) {
    problems.push(
      `"hostaddr" has ${addresses.length} addresses for ${hosts.length} hosts: expected as many of one as of the other`,
    );
  }
  if (ports.length !== 1 && ports.length !== hosts.length) {
    problems.push(
      `"port" has ${ports.length} ports for ${hosts.length} hosts: expected one for all or one for each`,
    );
  }
  const noted = new Set<string>();
  const note = (problem: string) => {
    if (!noted.has(problem)) problems.push(problem);
    noted.add(problem);
  };
  return hosts.map((each, index): Endpoint => {
    const hostAddress = addresses[index] ?? "";
    const host = each || hostAddress || DEFAULT_HOST;
    const text = (ports.length === 1 ? ports[0] : ports[index]) || DEFAULT_PORT;
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    const problem = hostProblem(host);
    if (problem !== "") note(`"host" ${problem}`);
    if (hostAddress !== "" && !/^[\da-fA-F.:]+(?:%[\w.-]+)?$/.test(hostAddress)) {
      note('"hostaddr" is not a numeric address');
    }
    if (port < 1 || port > 65535) note('"port" must be a whole number from 1 to 65535');
    return { host, hostAddress, port };
  });
}
