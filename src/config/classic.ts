import { type ConnectionParameters, DEFAULT_SOURCE } from "./connection_parameters.ts";
import { readPasswordFile } from "./password_file.ts";

/** Reads an environment variable; `undefined` when it is not set. */
export type Environment = (name: string) => string | undefined;

/** A named connection: what is given for it, before defaults. */
export interface NamedParameters {
  /** Its name. */
  readonly name: string;
  /** Where it was given, for messages. */
  readonly label: string;
  /** Its connection parameters. */
  readonly parameters: ConnectionParameters;
}

function splitList(text: string): readonly string[] {
  return text.split(",").map((part) => part.trim());
}

function readHosts(
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
      `Cannot read hosts "${hosts}": one of them is empty, expected a comma-separated list such as a,b`,
    );
  }
  if (kind.variable === "PRIMARY" && names.length > 1) {
    throw new SyntaxError(`Cannot read "${hosts}": expected one primary, list the standbys in STANDBY_HOST`);
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
 * Servers of the classic variables: `primary`, and `standby`, `standby2` and so on.
 *
 * @param environment Has `PRIMARY_HOST`, `PRIMARY_PORT` (5432), `STANDBY_HOST` (comma-separated) and `STANDBY_PORT`
 *   (5433; one for all or comma-separated).
 * @returns The servers, none when no host is given.
 * @throws {SyntaxError} When a list is malformed.
 */
export function readClassicServers(environment: Environment): readonly NamedParameters[] {
  return [
    ...readHosts(environment, { variable: "PRIMARY", name: "primary", port: "5432" }),
    ...readHosts(environment, { variable: "STANDBY", name: "standby", port: "5433" }),
  ];
}

/**
 * The password of every server that has none of its own.
 *
 * @param environment Has `POSTGRES_PASSWORD` and `POSTGRES_PASSWORD_FILE`.
 * @param readTextFile Reads the file.
 * @returns The password; "" when none is given. There is no built-in default.
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
