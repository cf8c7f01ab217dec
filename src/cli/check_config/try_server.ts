/**
 * Tests the connection to one server in steps: login, TLS, version, role, rights, pooler.
 *
 * @module
 */
import { type ServerContent, statementFor } from "../../collectors/collector.ts";
import { collectors } from "../../collectors/registry.ts";
import type { ServerConfig } from "../../config/config.ts";
import type { Clock } from "../../domain/clock.ts";
import { majorOf, OLDEST_SUPPORTED } from "../../domain/pg_version.ts";
import { quoteName } from "../../domain/sql_text.ts";
import { decodeBoolean, decodeText, requireBoolean, requireText, type Row } from "../../postgres/decode.ts";
import { PostgresError } from "../../postgres/errors.ts";
import { SessionKeeper } from "../../postgres/keeper.ts";
import { formatEndpoint } from "../../postgres/connect.ts";
import type { Session } from "../../postgres/session.ts";
import { startDeadline } from "../../domain/deadline.ts";
import { findDenied, grantsOf } from "../../scrape/missing_functions.ts";
import { queryPermitted } from "../../scrape/permitted_query.ts";

/** The result of one step; `warn` means that it works only in part. */
export interface TrialStep {
  /** What was tested. */
  readonly name: "login" | "TLS" | "version" | "role" | "rights" | "pooler";
  /** The outcome. */
  readonly outcome: "ok" | "warn" | "fail";
  /** What was found; after a failure also what to do. */
  readonly text: string;
}

/** The test of one server. */
export interface ServerTrial {
  /** The server's name. */
  readonly server: string;
  /** Its cluster; "" for none. */
  readonly cluster: string;
  /** The steps in order; none after a failed login. */
  readonly steps: readonly TrialStep[];
  /** `system_identifier`; null when it is not known. */
  readonly systemIdentifier: string | null;
}

/** A server with everything that is read, but for what is optional: its privilege is nobody's by default. */
const ANY_CONTENT: ServerContent = {
  inRecovery: false,
  hasSubscriptions: true,
  hasLogicalSlots: true,
  canReadOrigins: false,
};

/** Options of {@linkcode tryServer}. */
export interface TrialOptions {
  /** Time. */
  readonly clock: Clock;
  /** Reads certificate and password files. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Deadline, seconds. */
  readonly seconds: number;
}

const STATEMENT = `SELECT pg_catalog.current_setting('server_version') AS version,
  pg_catalog.pg_is_in_recovery() AS in_recovery, current_user AS role,
  pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS can_read_statistics,
  pg_catalog.pg_has_role('pg_monitor', 'USAGE') OR pg_catalog.has_function_privilege('pg_catalog.pg_ls_waldir()', 'EXECUTE')
    AND pg_catalog.has_function_privilege('pg_catalog.pg_ls_archive_statusdir()', 'EXECUTE') AS is_monitor,
  ssl.ssl AS is_encrypted, ssl.version AS tls_version, ssl.cipher
FROM (SELECT pg_catalog.pg_backend_pid() AS pid) AS own LEFT JOIN pg_catalog.pg_stat_ssl AS ssl USING (pid)`;

/** Without the others that it reads, it says less. */
const NEEDS = ["pg_is_in_recovery", "current_setting"];

const IDENTIFIER = "SELECT system_identifier FROM pg_catalog.pg_control_system()";

/** Tests the connection to a server. */
export async function tryServer(server: ServerConfig, options: TrialOptions): Promise<ServerTrial> {
  const { clock, readTextFile, seconds } = options;
  const { name, cluster, target } = server;
  const keeper = new SessionKeeper({
    target,
    server: name,
    statementTimeoutSeconds: seconds * 0.75,
    lockTimeoutSeconds: seconds / 4,
    clock,
    random: () => 0,
    readTextFile,
  });
  using deadline = startDeadline(seconds, { clock });
  const trial = { server: name, cluster };
  try {
    const session = await keeper.session(deadline.signal);
    const options = { signal: deadline.signal };
    const { rows: [row] } = await queryPermitted(session, STATEMENT, {
      user: target.user,
      needs: NEEDS,
      ...options,
    });
    if (row === undefined) throw new TypeError(`Cannot try server "${name}": it returned no row`);
    const statements = collectors.filter(({ applies }) => applies?.(ANY_CONTENT) !== false)
      .map((each) => statementFor(each.statements, session.versionNum) ?? "");
    const denied = await findDenied(session, statements.join(), options);
    const identifier = await readIdentifier(session, deadline.signal);
    return {
      ...trial,
      steps: [
        loginStep(server, { session, seconds: keeper.connectDurationSeconds ?? 0 }),
        ...stepsOf(row, { server, session, grants: grantsOf(denied, target.user) }),
      ],
      ...identifier,
    };
  } catch (error) {
    if (!(error instanceof PostgresError)) throw error;
    return {
      ...trial,
      steps: [{ name: "login", outcome: "fail", text: error.message }],
      systemIdentifier: null,
    };
  } finally {
    using goodbye = startDeadline(1, { clock });
    await keeper.close(goodbye.signal);
  }
}

async function readIdentifier(
  session: Session,
  signal: AbortSignal,
): Promise<Pick<ServerTrial, "systemIdentifier">> {
  try {
    const [row] = await session.query(IDENTIFIER, { signal });
    return { systemIdentifier: row === undefined ? null : decodeText(row, "system_identifier") };
  } catch (error) {
    if (!(error instanceof PostgresError)) throw error;
    return { systemIdentifier: null };
  }
}

function loginStep(
  { target }: ServerConfig,
  { session, seconds }: { readonly session: Session; readonly seconds: number },
): TrialStep {
  return {
    name: "login",
    outcome: "ok",
    text:
      `as ${quoteName(target.user)} at ${formatEndpoint(session.endpoint ?? target)}, database ${
        quoteName(target.database)
      }, in ` +
      `${Math.round(seconds * 1000)} ms`,
  };
}

function stepsOf(
  row: Row,
  { server, session, grants }: {
    readonly server: ServerConfig;
    readonly session: Session;
    readonly grants: string;
  },
): readonly TrialStep[] {
  const isStandby = requireBoolean(row, "in_recovery");
  const isOld = session.versionNum < OLDEST_SUPPORTED;
  const version = requireText(row, "version");
  return [
    tlsStep(row, server),
    {
      name: "version",
      outcome: isOld ? "fail" : "ok",
      text: isOld
        ? `PostgreSQL ${version}, but ${
          majorOf(OLDEST_SUPPORTED)
        } or later is required: upgrade it or remove it from the configuration`
        : `PostgreSQL ${version}`,
    },
    { name: "role", outcome: "ok", text: isStandby ? "standby" : "primary" },
    rightsStep(row, { isStandby, grants }),
    {
      name: "pooler",
      outcome: "ok",
      text: session.pooled
        ? "detected: limits are sent with every statement, nothing is prepared"
        : "none detected",
    },
  ];
}

/** Whether the connection stays on this host. */
function isOnThisHost({ target }: ServerConfig): boolean {
  const host = target.hostAddress || target.host;
  return host.startsWith("/") || host === "localhost" || host === "::1" || host.startsWith("127.");
}

function tlsStep(row: Row, server: ServerConfig): TrialStep {
  const { sslMode, sslRootCert, libpq } = server.target;
  if (decodeBoolean(row, "is_encrypted") === null) {
    return { name: "TLS", outcome: "warn", text: "unknown, as the role may not read pg_stat_ssl" };
  }
  if (row.is_encrypted !== "t") {
    return isOnThisHost(server) ? { name: "TLS", outcome: "ok", text: "unencrypted, on this host" } : {
      name: "TLS",
      outcome: "warn",
      text:
        `unencrypted (sslmode=${sslMode}): passwords and data can be read in transit; set ssl = on in postgresql.conf, ` +
        "then sslmode=verify-full",
    };
  }
  const isVerified = sslMode === "verify-full" || sslMode === "verify-ca" || sslRootCert !== "" ||
    libpq?.usesSystemRoots === true;
  const verified = sslMode === "verify-full"
    ? "certificate and host name verified"
    : isVerified && sslMode !== "prefer"
    ? "certificate verified, host name not verified (sslmode=verify-full does)"
    : `certificate not verified (sslmode=${sslMode}; verify-full does)`;
  return {
    name: "TLS",
    outcome: "ok",
    text: `${decodeText(row, "tls_version") ?? "TLS"}, ${
      decodeText(row, "cipher") ?? "unknown cipher"
    }, ${verified}`,
  };
}

function rightsStep(
  row: Row,
  { isStandby, grants }: { readonly isStandby: boolean; readonly grants: string },
): TrialStep {
  const run = `${isStandby ? "on the primary " : ""}run: `;
  const grant = `${run}GRANT pg_monitor TO ${quoteName(requireText(row, "role"))};`;
  if (decodeBoolean(row, "can_read_statistics") === false) {
    return {
      name: "rights",
      outcome: "fail",
      text: `pg_monitor is missing, so that positions and states of other sessions are hidden: ${grant}`,
    };
  }
  if (decodeBoolean(row, "is_monitor") === false) {
    return {
      name: "rights",
      outcome: "warn",
      text: `only pg_read_all_stats, so that the collector wal_directory fails: ${grant}`,
    };
  }
  return grants === "" ? { name: "rights", outcome: "ok", text: "pg_monitor" } : {
    name: "rights",
    outcome: "warn",
    text: `functions or tables were revoked, so that what depends on them is unknown: ${run}${grants};`,
  };
}

/** Servers of named clusters, by system identifier or by cluster, where both are known. */
function groupKnown(
  trials: readonly ServerTrial[],
  keyOf: (trial: ServerTrial) => string,
): readonly (readonly [string, readonly ServerTrial[]])[] {
  const known = trials.filter(({ cluster, systemIdentifier }) => cluster !== "" && systemIdentifier !== null);
  return [...Map.groupBy(known, keyOf)];
}

/** Named clusters whose servers have different system identifiers: a sentence each. */
export function clusterProblems(trials: readonly ServerTrial[]): readonly string[] {
  return groupKnown(trials, ({ cluster }) => cluster)
    .filter(([, group]) => new Set(group.map((each) => each.systemIdentifier)).size > 1)
    .map(([cluster, group]) =>
      `Cluster "${cluster}" has servers with different system identifiers: ${
        group.map(({ server, systemIdentifier }) => `"${server}" ${systemIdentifier}`).join(", ")
      }; correct their addresses, or put each into its own cluster`
    );
}

/** Named clusters that share a system identifier, which is right only for a copy: a sentence each. */
export function clusterWarnings(trials: readonly ServerTrial[]): readonly string[] {
  return groupKnown(trials, ({ systemIdentifier }) => systemIdentifier ?? "")
    .map(([identifier, group]) => ({
      identifier,
      clusters: [...new Set(group.map(({ cluster }) => `"${cluster}"`))],
      servers: group.map(({ server }) => `"${server}"`).join(", "),
    }))
    .filter(({ clusters }) => clusters.length > 1)
    .map(({ identifier, clusters, servers }) =>
      `Clusters ${
        clusters.join(" and ")
      } share system identifier ${identifier} (servers ${servers}): put them into ` +
      "one cluster, unless one was restored from a backup of the other"
    );
}
