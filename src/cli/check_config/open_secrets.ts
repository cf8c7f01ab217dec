import type { ConnectionParameters } from "../../config/connection_parameters.ts";
import type { ReadFileFacts } from "../../postgres/private_file.ts";
import type { ConfigReading } from "../settings/read_config.ts";

/** Parameters that are secrets. */
const SECRETS = ["password", "sslpassword"] as const;

/** What may hold a secret. */
export type SecretHolder = Pick<ConfigReading, "connections"> & {
  /** The configuration file; null when there is none. */
  readonly file: { readonly path: string } | null;
};

/**
 * Secrets that are written where other users of this host can read them: in a configuration file of everybody's, or in the
 * arguments of a process.
 *
 * @param reading The configuration, and what it was made of.
 * @param readFacts Asks for the mode of a file.
 * @returns One sentence each; empty when all is well.
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
      `${path} holds a password and every user of this host may read it: use password_file, or run chmod o= ${path}`,
    ]),
    ...(sources.some((source) => source.endsWith(" in --server"))
      ? [
        "--server holds a password, which every user of this host sees in the list of processes: give it in " +
        "POSTGRES_PASSWORD_FILE, a password file or the configuration file",
      ]
      : []),
  ];
}

/** Where the secrets of a connection were given. */
function secretSources(parameters: ConnectionParameters): readonly string[] {
  return SECRETS.flatMap((keyword) => parameters.get(keyword)?.source ?? []);
}
