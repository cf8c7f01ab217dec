/** Creates data directories: initdb, configuration, copies for standbys. */
import type { Binaries } from "./binaries.ts";
import { asUser, giveTo, type ServiceUser } from "./service_user.ts";
import type { Passwords } from "./server.ts";

/** Context of the steps in this file. */
export interface ProvisionContext {
  /** The server binaries. */
  readonly binaries: Binaries;
  /** The user that runs them. */
  readonly user: ServiceUser;
  /** Directory of the run. */
  readonly directory: string;
  /** Aborts a step. */
  readonly signal: AbortSignal;
}

/** Default settings of every server of the lab. */
export const DEFAULT_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  dynamic_shared_memory_type: "mmap", // nothing left in /dev/shm after a crash
  shared_buffers: "16MB",
  max_connections: "40", // few enough to be exhausted quickly
  password_encryption: "scram-sha-256",
  fsync: "off",
  wal_level: "replica",
  hot_standby: "on",
  max_wal_senders: "20",
  max_replication_slots: "20",
  wal_receiver_status_interval: "1s",
  wal_retrieve_retry_interval: "200ms",
  wal_sender_timeout: "60s",
  wal_receiver_timeout: "60s",
  timezone: "UTC",
  log_timezone: "UTC",
};

const ACCESS = `# The lab: loopback only, scram everywhere
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
host replication replicator 127.0.0.1/32 scram-sha-256
`;

/** Random passwords for all roles. */
export function makePasswords(): Passwords {
  return {
    postgres: makePassword(),
    replicator: makePassword(),
    monitor: makePassword(),
    plain: makePassword(),
  };
}

/** Prefix of every password of the lab, and of nothing else: tests search for it where no password may appear. */
export const PASSWORD_MARK = "pwQzLab7";

/** A random password that needs no quoting anywhere. */
export function makePassword(): string {
  return PASSWORD_MARK +
    Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0"))
      .join("");
}

/**
 * Initializes a database cluster in an empty data directory.
 *
 * @throws {Error} With the output of initdb, when it fails
 */
export async function initialise(
  dataDir: string,
  context: ProvisionContext & {
    readonly password: string;
    readonly settings: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const passwordFile = `${dataDir}.superuser`;
  await Deno.writeTextFile(passwordFile, context.password, { mode: 0o600 });
  await giveTo(context.user, passwordFile);
  await makeDataDir(dataDir, context.user);
  await run(`${context.binaries.directory}/initdb`, context, [
    ...["-D", dataDir, "-U", "postgres", "-A", "scram-sha-256", `--pwfile=${passwordFile}`],
    ...["--no-sync", "-E", "UTF8", "--locale=C"],
  ]);
  await Deno.remove(passwordFile);
  await Deno.writeTextFile(`${dataDir}/pg_hba.conf`, ACCESS);
  await appendSettings(dataDir, context.settings);
}

/** Appends settings to postgresql.conf; the last one wins. */
export async function appendSettings(
  dataDir: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const lines = Object.entries(settings).map(([name, value]) =>
    `${name} = '${value.replaceAll("'", "''")}'\n`
  );
  await Deno.writeTextFile(`${dataDir}/postgresql.conf`, lines.join(""), { append: true });
}

/** Copies a data directory whose server does not run, or is in backup mode. */
export async function copyDataDir(
  from: string,
  to: string,
  options: ProvisionContext & { readonly online?: boolean },
): Promise<void> {
  await makeDataDir(to, options.user);
  try {
    await run("cp", options, ["-Rp", `${from}/.`, to]);
  } catch (error) {
    // Files that vanish while a running server is copied are not part of the backup.
    if (!options.online || !(error instanceof Error && error.message.includes("No such file"))) throw error;
  }
}

/** Configures a data directory as that of a standby. */
export async function writeStandbyFiles(
  dataDir: string,
  options: { readonly user: ServiceUser; readonly settings: Readonly<Record<string, string>> },
): Promise<void> {
  await Deno.writeTextFile(`${dataDir}/standby.signal`, "");
  await giveTo(options.user, `${dataDir}/standby.signal`);
  await appendSettings(dataDir, options.settings);
}

async function makeDataDir(path: string, user: ServiceUser): Promise<void> {
  await Deno.mkdir(path, { mode: 0o700 });
  await giveTo(user, path);
}

async function run(program: string, context: ProvisionContext, args: readonly string[]): Promise<void> {
  const output = await new Deno.Command(program, {
    args: [...args],
    cwd: "/",
    clearEnv: true,
    env: { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin:/usr/sbin:/sbin" },
    stdin: "null",
    signal: context.signal,
    ...asUser(context.user),
  }).output();
  context.signal.throwIfAborted();
  if (output.success) return;
  const said = new TextDecoder().decode(output.stderr).trim() ||
    new TextDecoder().decode(output.stdout).trim();
  throw new Error(`${program} failed with exit code ${output.code}: ${said}`);
}
