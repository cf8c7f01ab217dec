import { type ConnectionParameters, DEFAULT_SOURCE } from "./connection_parameters.ts";
import { readPasswordFile } from "./password_file.ts";

/** Reads a variable of the environment; `undefined` when it is not set. */
export type Environment = (name: string) => string | undefined;

/** A server whose address is known, everything else left to defaults. */
export interface NamedParameters {
  /** The server's name. */
  readonly name: string;
  /** Where it was named, for messages. */
  readonly label: string;
  /** What is said of its connection. */
  readonly parameters: ConnectionParameters;
}

function splitList(text: string): readonly string[] {
  return text.split(",").map((part) => part.trim());
}

function readServers(
  environment: Environment,
  kind: { readonly variable: "PRIMARY" | "STANDBY"; readonly name: string; readonly port: string },
): NamedParameters[] {
  const hosts = environment(`${kind.variable}_HOST`) ?? "";
  if (hosts.trim() === "") return [];
  const names = splitList(hosts);
  const givenPorts = environment(`${kind.variable}_PORT`)?.trim() ?? "";
  const portSource = givenPorts === "" ? DEFAULT_SOURCE : `${kind.variable}_PORT`;
  const ports = splitList(givenPorts || kind.port);
  if (names.includes("")) {
    throw new SyntaxError(
      `Cannot read hosts "${hosts}": one of them is empty, expected a comma list such as a,b`,
    );
  }
  if (kind.variable === "PRIMARY" && names.length > 1) {
    throw new SyntaxError(`Cannot read "${hosts}": expected one primary, name the standbys in STANDBY_HOST`);
  }
  if (ports.length !== 1 && ports.length !== names.length) {
    throw new SyntaxError(
      `Cannot match ${ports.length} ports of ${kind.variable}_PORT to ${names.length} hosts: expected one port for all or one for each`,
    );
  }
  return names.map((host, index) => ({
    name: index === 0 ? kind.name : `${kind.name}${index + 1}`,
    label: `${kind.variable}_HOST`,
    parameters: new Map([
      ["host", { value: host, source: `${kind.variable}_HOST` }],
      ["port", { value: ports[index] ?? ports[0] ?? kind.port, source: portSource }],
    ]),
  }));
}

/**
 * Servers named by the classic variables: `primary`, and `standby`, `standby2` and so on.
 *
 * @param environment Where `PRIMARY_HOST`, `PRIMARY_PORT` (5432), `STANDBY_HOST` (a comma list) and `STANDBY_PORT`
 *   (5433; one for all or a comma list) are read.
 * @returns The servers, none when no host is named.
 * @throws {SyntaxError} When a list is malformed.
 */
export function readClassicServers(environment: Environment): readonly NamedParameters[] {
  return [
    ...readServers(environment, { variable: "PRIMARY", name: "primary", port: "5432" }),
    ...readServers(environment, { variable: "STANDBY", name: "standby", port: "5433" }),
  ];
}

/**
 * The password for every server that has none of its own.
 *
 * @param environment Where `POSTGRES_PASSWORD` and `POSTGRES_PASSWORD_FILE` are read.
 * @param readTextFile Reads the file.
 * @returns The password; "" when none is given. There is no built-in one.
 * @throws {SyntaxError} When both are given, or the file cannot be read or is empty.
 */
export async function readClassicPassword(
  environment: Environment,
  readTextFile: (path: string) => Promise<string>,
): Promise<string> {
  const password = environment("POSTGRES_PASSWORD") ?? "";
  const path = environment("POSTGRES_PASSWORD_FILE") ?? "";
  if (path === "") return password;
  if (password !== "") {
    throw new SyntaxError(
      "Cannot choose between POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE: expected only one of them",
    );
  }
  return await readPasswordFile(path, { label: "POSTGRES_PASSWORD_FILE", readTextFile });
}
