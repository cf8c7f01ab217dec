import type { ConnectionParameters } from "../../config/connection_parameters.ts";
import type { ReadFileFacts } from "../../postgres/private_file.ts";
import type { ConfigReading } from "../settings/read_config.ts";

/** Connection parameters that are secrets. */
const SECRET_KEYWORDS = ["password", "sslpassword"] as const;

/** A configuration that may contain secrets. */
export type SecretHolder = Pick<ConfigReading, "connections"> & {
  /** The configuration file; null when there is none. */
  readonly file: { readonly path: string } | null;
};

/**
 * Warnings about secrets that other users of this host can read: in a configuration file with open permissions, or in the
 * arguments of a process.
 *
 * @param reading The configuration and its sources.
 * @param readFacts Reads the mode of a file.
 */
export async function openSecrets(
  { file, connections: { servers, modules } }: SecretHolder,
  readFacts: ReadFileFacts,
): Promise<readonly string[]> {
  const sources = [...servers.values(), ...modules.values()].flatMap(secretSources);
  const path = file?.path ?? "";
  const mode = file !== null && sources.some((source) => source.startsWith(`${path}:`))
    ? (await readFacts(path))?.mode ?? 0
    : 0;
  return [
    ...((mode & 0o007) === 0 ? [] : [
      `${path} contains a password and is readable by every user of this host: use password_file, or run chmod o= ${path}`,
    ]),
    ...(sources.some((source) => source.endsWith(" in --server"))
      ? [
        "--server contains a password, which every user of this host can see in the process list: give it in " +
        "POSTGRES_PASSWORD_FILE, a password file or the configuration file",
      ]
      : []),
  ];
}

/** The sources of the secrets of a connection. */
function secretSources(parameters: ConnectionParameters): readonly string[] {
  return SECRET_KEYWORDS.flatMap((keyword) => parameters.get(keyword)?.source ?? []);
}
