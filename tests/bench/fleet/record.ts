/**
 * Records what real servers answer to the statements of the exporter: a primary and a standby per major version.
 *
 * `deno run -A tests/bench/fleet/record.ts [MAJOR ...]`; all majors without arguments.
 *
 * @module
 */
import { startCluster } from "../../../compose/lab/cluster.ts";
import { MAJORS } from "../../../compose/lab/binaries.ts";
import type { Server } from "../../../compose/lab/server.ts";
import { collectors } from "../../../src/collectors/registry.ts";
import { Secret } from "../../../src/config/secret.ts";
import { systemClock } from "../../../src/domain/clock.ts";
import type { Role } from "../../../src/domain/role.ts";
import type { Row } from "../../../src/postgres/decode.ts";
import { openSession, type Session } from "../../../src/postgres/session.ts";
import { readServer } from "../../../src/scrape/read_server.ts";
import { server as configOf } from "../../fixtures/targets.ts";
import {
  normalizeStatement,
  type RecordedStatement,
  type Recording,
  recordingFile,
  SAMPLES,
} from "./recording.ts";

const SETTINGS = {
  fsync: "on",
  wal_log_hints: "on",
  archive_mode: "on",
  archive_command: "true",
  max_slot_wal_keep_size: "10GB",
};

/** Rows by normalized statement. */
type Answers = ReadonlyMap<string, readonly Row[]>;

/** Runs every statement of the exporter on a server. */
async function answersOf(server: Server, password: string): Promise<Answers> {
  const config = configOf(server.name, { port: server.port, password: new Secret(password) });
  const { signal } = new AbortController();
  const session = await openSession(config.target, {
    server: server.name,
    signal,
    statementTimeoutSeconds: 5,
    lockTimeoutSeconds: 5,
    readTextFile: Deno.readTextFile,
  });
  const answers = new Map<string, readonly Row[]>();
  const recorded: Session = {
    versionNum: session.versionNum,
    pooled: false,
    closed: false,
    close: (ending) => session.close(ending),
    destroy: () => session.destroy(),
    async query(sql, options) {
      const rows = await session.query(sql, options);
      answers.set(normalizeStatement(sql), rows);
      return rows;
    },
  };
  const options = { server: config, collectors, clock: systemClock, signal };
  try {
    const results = await readServer(recorded, { ...options, known: null });
    for (const { error } of results) if (error !== null) throw error;
    for (const { sql } of SAMPLES.values()) await recorded.query(sql, { signal });
    return answers;
  } finally {
    await session.close(signal);
  }
}

/** Names of the statements: that of the collector which sends it. */
function nameOf(sql: string): string {
  const owner = collectors.find(({ statements }) =>
    statements.some((statement) => normalizeStatement(statement.sql) === sql)
  );
  if (owner !== undefined) return owner.name;
  for (const [name, sample] of SAMPLES) if (sql === normalizeStatement(sample.sql)) return name;
  throw new Error(`No collector sends this statement: ${sql}`);
}

async function record(major: number): Promise<Recording> {
  await using cluster = await startCluster({ major, standbys: 2, load: 50, settings: SETTINGS });
  const { primary, standbys: [standby], passwords: { monitor } } = cluster;
  if (standby === undefined) throw new Error("The lab started no standby");
  const byRole: Readonly<Record<Role, Answers>> = {
    primary: await answersOf(primary, monitor),
    standby: await answersOf(standby, monitor),
  };
  const texts = new Set([...byRole.primary.keys(), ...byRole.standby.keys()]);
  const statements = [...texts].map((sql): RecordedStatement => {
    const rows: Partial<Record<Role, readonly Row[]>> = {};
    for (const role of ["primary", "standby"] as const) {
      const its = byRole[role].get(sql);
      if (its !== undefined) rows[role] = its;
    }
    return { name: nameOf(sql), sql, rows };
  });
  return { parameters: { server_version: cluster.binaries.version }, statements };
}

if (import.meta.main) {
  const majors = Deno.args.length > 0 ? Deno.args.map(Number) : MAJORS;
  for (const major of majors) {
    const recording = await record(major);
    await Deno.writeTextFile(recordingFile(major), `${JSON.stringify(recording, null, 1)}\n`);
  }
}
