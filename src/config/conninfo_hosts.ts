import type { Endpoint } from "./libpq_settings.ts";

/** libpq's comma-separated lists. */
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

/** Why a host is invalid; "" when it is valid. */
function hostProblem(host: string): string {
  if (host.startsWith("@")) {
    return "is an abstract socket, which is not supported: give the socket's directory";
  }
  if (host.startsWith("/")) return "";
  return /^[\p{L}\p{N}._:%-]+$/u.test(host) ? "" : "is not a host name, an address or a socket's directory";
}

function splitCommas(text: string): readonly string[] {
  return text === "" ? [] : text.split(",");
}

/**
 * The hosts of a connection string, in order.
 *
 * As in libpq: `host=a,b port=1,2` are two hosts, one port applies to all, an empty element is the default, and
 * `hostaddr` needs as many elements as `host`.
 *
 * @param lists The lists; "" when not given.
 * @param problems Gets the problems; values are not shown.
 * @returns At least one host.
 */
export function readEndpoints(lists: HostLists, problems: string[]): readonly Endpoint[] {
  const addresses = splitCommas(lists.hostaddr);
  const given = splitCommas(lists.host);
  const hosts = given.length > 0 ? given : addresses.length > 0 ? addresses : [DEFAULT_HOST];
  const ports = splitCommas(lists.port === "" ? DEFAULT_PORT : lists.port);
  if (addresses.length > 0 && addresses.length !== hosts.length) {
    problems.push(
      `"hostaddr" has ${addresses.length} addresses for ${hosts.length} hosts: expected one for each`,
    );
  }
  if (ports.length !== 1 && ports.length !== hosts.length) {
    problems.push(
      `"port" has ${ports.length} ports for ${hosts.length} hosts: expected one for all, or one for each`,
    );
  }
  const note = (problem: string) => {
    if (!problems.includes(problem)) problems.push(problem);
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
