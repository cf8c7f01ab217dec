/**
 * Names of discovered servers: the same whatever their role was when they were found, also after a restart of the exporter.
 *
 * @module
 */
import { isIP } from "node:net";
import { serverFact } from "../cluster/topology/identity.ts";
import { DEFAULT_STANDBY_NAME, isLocal, normalizeName } from "../cluster/topology/receiver_facts.ts";
import type { ServerSnapshot } from "../domain/view.ts";
import type { Candidate, CandidateRow, WatchedServer } from "./discovery_places.ts";

/** Longest name of a server, characters. */
const LONGEST_SERVER_NAME = 63;

/**
 * The name under which a server streams, or would as a standby: `application_name` of its `primary_conninfo`, which it
 * keeps when it is promoted, else its `cluster_name`. "" when it has neither, or they are unknown.
 *
 * @param server The server.
 */
function streamingNameOf(server: ServerSnapshot): string {
  return server.facts.settings?.[0]?.standbyName ?? serverFact(server)?.clusterName ?? "";
}

/**
 * The name under which a server streams where that is unique, else with its address added, and its port where that is not
 * the configured one. Like names of configured servers it consists of letters, digits, `_`, `.`, `:` and `-`, and no two
 * are equal. A discovered server of that name that is unreachable is this one, at another address.
 *
 * @param server The server.
 * @param found Where it was found, the rows that may be its own, and every server that is watched.
 */
export function discoveredNameOf(
  server: ServerSnapshot,
  { candidate, rows, watched }: {
    readonly candidate: Candidate;
    readonly rows: readonly CandidateRow[];
    readonly watched: readonly WatchedServer[];
  },
): string {
  const row = ownRow(rows, server);
  const streaming = row?.sender.applicationName ?? streamingNameOf(server);
  const safe = streaming.replaceAll(/[^\p{L}\p{N}_.:-]/gu, "_").replace(/^[^\p{L}\p{N}]+/u, "");
  const isUnknown = row === null && rows.length > 0;
  const base = safe || (isUnknown || row !== null ? "standby" : DEFAULT_STANDBY_NAME);
  const members = watched.filter(({ config }) => config.cluster === candidate.cluster);
  const name = cut(base, "");
  const holder = watched.find(({ config }) => config.name === name);
  const isShared = row?.isTwin === true || members.some((each) =>
    each !== holder &&
    [serverFact(each.snapshot)?.clusterName ?? "", streamingNameOf(each.snapshot)]
      .some((its) => isSameName(its, streaming))
  );
  const isTelling = safe !== "" && safe !== DEFAULT_STANDBY_NAME && !isShared;
  const isMoved = holder?.isDiscovered === true && !holder.snapshot.up && members.includes(holder);
  const suffix = `-${addressOf(server, candidate)}${portSuffix(candidate, members)}`;
  const taken = new Set(watched.map(({ config }) => config.name));
  // Another server may have the address by now: its own name shows that.
  const { savedName = "" } = candidate;
  const isItsOwn = !isTelling || isSameName(savedName, name) || savedName.endsWith(suffix);
  if (savedName !== "" && isItsOwn && !taken.has(savedName)) return savedName;
  if (isTelling && (holder === undefined || isMoved)) return name;
  for (let number = 1;; number++) {
    const next = cut(base, number === 1 ? suffix : `${suffix}-${number}`);
    if (!taken.has(next)) return next;
  }
}

/** Of several rows from one address, the one with the name under which the server streams. */
function ownRow(rows: readonly CandidateRow[], server: ServerSnapshot): CandidateRow | null {
  const named = rows.filter(({ sender }) => isSameName(sender.applicationName, streamingNameOf(server)));
  const [row, ...others] = rows.length === 1 ? rows : named;
  return row !== undefined && others.length === 0 ? row : null;
}

/** The address of a server; where it was found by a host name, as it sees it. */
function addressOf({ facts: { settings } }: ServerSnapshot, { target: { host } }: Candidate): string {
  const address = isIP(host) !== 0 || isLocal(host) ? host : settings?.[0]?.ownEndpoint?.host ?? host;
  return address.replaceAll(/[^\p{L}\p{N}_.:-]/gu, "_").replace(/^_+/, "") || "local";
}

function portSuffix({ target: { port } }: Candidate, members: readonly WatchedServer[]): string {
  const first = members.find(({ isDiscovered }) => !isDiscovered);
  return first === undefined || first.config.target.port === port ? "" : `-${port}`;
}

function isSameName(a: string, b: string): boolean {
  return normalizeName(a) === normalizeName(b);
}

function cut(base: string, suffix: string): string {
  return [...base].slice(0, LONGEST_SERVER_NAME - suffix.length).join("") + suffix;
}
