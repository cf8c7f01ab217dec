/**
 * `tests/bench/fleet`: many simulated servers that answer the exporter with rows recorded from real ones.
 *
 * `record.ts` records; `recordings` holds what it recorded, one file per major version; `simulator.ts` is the program
 * that speaks the server's side of the protocol; `fleet.ts` starts it. This file is the recording itself.
 *
 * @module
 */
import type { Row } from "../../../src/postgres/decode.ts";
import type { Role } from "../../../src/domain/role.ts";
import { type PositionStatement, positionStatement } from "../../../src/scrape/position_sample.ts";
import { sender, server } from "../../cluster/fixtures.ts";

/** One statement of the exporter and its answers. */
export interface RecordedStatement {
  /** Name of its collector, or one of {@linkcode SAMPLES}. */
  readonly name: string;
  /** The statement, normalized. */
  readonly sql: string;
  /** Rows by the role of the server; absent where the exporter does not ask. */
  readonly rows: Partial<Readonly<Record<Role, readonly Row[]>>>;
}

/** What a primary and a standby of one version answer. */
export interface Recording {
  /** What the server reports at login. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Every statement. */
  readonly statements: readonly RecordedStatement[];
}

/**
 * The statements that sample a position between collections, by name: of a standby, of a primary without standbys, and of
 * one that reads what its standbys reported.
 */
export const SAMPLES: ReadonlyMap<string, PositionStatement> = new Map([
  ["sample_standby", positionStatement({})],
  ["sample_primary", positionStatement({ server: [server()] })],
  ["sample_reports", positionStatement({ server: [server()], senders: [sender()] })],
]);

/** How to record again, for errors. */
export const RECORD = "deno run -A tests/bench/fleet/record.ts";

const DIRECTORY = new URL("recordings/", import.meta.url);

/** A statement as it is compared: white space does not matter. */
export function normalizeStatement(sql: string): string {
  return sql.replace(/\s+/g, " ").trim();
}

/** The file of a major version. */
export function recordingFile(major: number): URL {
  return new URL(`pg${major}.json`, DIRECTORY);
}

/** Reads the recording of a major version. */
export async function readRecording(major: number): Promise<Recording> {
  return JSON.parse(await Deno.readTextFile(recordingFile(major)));
}

/** Major versions that are recorded, oldest first. */
export async function recordedMajors(): Promise<readonly number[]> {
  const majors: number[] = [];
  for await (const { name } of Deno.readDir(DIRECTORY)) majors.push(Number(/\d+/.exec(name)?.[0]));
  return majors.sort((a, b) => a - b);
}
