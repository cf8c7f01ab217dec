import { formatBytes } from "../../domain/quantities.ts";
import type { NewSetting, Remedy } from "../managers/remedy.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { type DerivedPoint, lastRow, pointOn, type PreflightContext } from "./preflight_context.ts";

const WAL_LEVELS = ["minimal", "replica", "logical"];

const point = pointOn("settings");

/**
 * Points on the candidate's settings.
 *
 * @param context The candidate and its cluster.
 */
export function settingsPoints(context: PreflightContext): readonly DerivedPoint[] {
  const { candidate, primary } = context;
  const { server } = candidate;
  const own = lastRow(candidate, "settings");
  const ownWal = lastRow(candidate, "wal");
  if (own === null || ownWal === null) {
    return [
      point(
        "warning",
        `The settings of "${server}" are unknown`,
        "Enable the collectors settings and wal",
      ),
    ];
  }
  const points = [...ownDangers(context), ...tooSmallToFollow(context)];
  const its = lastRow(primary, "settings");
  const itsWal = lastRow(primary, "wal");
  if (primary === null || its === null || itsWal === null) {
    const name = primary === null ? "the primary" : `"${primary.server}"`;
    return [
      ...points,
      point("warning", `The settings of ${name} are unknown, so they cannot be compared`),
    ];
  }
  const smaller = smallerThan(candidate, primary);
  if (smaller.length > 0) {
    points.push(point(
      "no_go",
      `"${server}" has lower limits than "${primary.server}", so its replay may stop early: ${
        smaller.map(([name, mine, theirs]) => `${name} = ${mine} instead of ${theirs}`).join(", ")
      }`,
      `On "${server}": ${
        smaller.map(([name, , theirs]) => `ALTER SYSTEM SET ${name} = ${theirs}`).join("; ")
      }; then restart it`,
      raise(smaller.map(([name, , needed]) => [name, `${needed}`])),
    ));
  }
  points.push(...differences(context, primary));
  return points.length > 0 ? points : [
    point(
      "fine",
      `"${server}" has the same settings as "${primary.server}", as far as the exporter reads them`,
    ),
  ];
}

/**
 * Settings that must not be smaller on a standby than on its primary, or its replay stops.
 *
 * @param server The standby.
 * @param than The primary.
 * @returns Name, value and required value of each that is too small; empty when the settings of either are unknown.
 */
export function smallerThan(
  server: ServerSnapshot,
  than: ServerSnapshot,
): readonly (readonly [name: string, value: number, needed: number])[] {
  const [own, its] = [lastRow(server, "settings"), lastRow(than, "settings")];
  const [ownWal, itsWal] = [lastRow(server, "wal"), lastRow(than, "wal")];
  if (own === null || its === null || ownWal === null || itsWal === null) return [];
  const sizes = [
    ["max_connections", own.maxConnections, its.maxConnections],
    ["max_worker_processes", own.maxWorkerProcesses, its.maxWorkerProcesses],
    ["max_prepared_transactions", own.maxPreparedTransactions, its.maxPreparedTransactions],
    ["max_locks_per_transaction", own.maxLocksPerTransaction, its.maxLocksPerTransaction],
    ["max_wal_senders", ownWal.maxSenders, itsWal.maxSenders],
  ] as const;
  return sizes.filter(([, value, needed]) => value < needed);
}

/** Servers whose replay would stop under the candidate: the old primary, or other standbys. */
function* tooSmallToFollow(
  { candidate, primary, others, view }: PreflightContext,
): Generator<DerivedPoint> {
  const standbys = view.servers.filter(({ server }) =>
    others.some(({ configured, name }) => configured && name === server)
  );
  for (const server of [...primary === null ? [] : [primary], ...standbys]) {
    const smaller = smallerThan(server, candidate);
    if (smaller.length === 0) continue;
    yield point(
      "warning",
      `"${server.server}" has lower limits than "${candidate.server}", and its replay would stop as a standby of it: ${
        smaller.map(([name, value, needed]) => `${name} = ${value} instead of ${needed}`).join(", ")
      }`,
      "The steps below raise them and restart it",
      { ...raise(smaller.map(([name, , needed]) => [name, `${needed}`])), server: server.server },
    );
  }
}

/** Settings that are dangerous on any primary. */
function* ownDangers({ candidate }: PreflightContext): Generator<DerivedPoint> {
  const { server } = candidate;
  const settings = lastRow(candidate, "settings");
  const level = lastRow(candidate, "wal")?.level;
  if (level === "minimal") {
    yield point(
      "warning",
      `wal_level = minimal on "${server}": no standby could follow it`,
      "ALTER SYSTEM SET wal_level = replica there, and restart it before you promote it",
      raise([["wal_level", "replica"]]),
    );
  }
  const off = [
    ...settings?.fsync === false ? ["fsync"] : [],
    ...settings?.fullPageWrites === false ? ["full_page_writes"] : [],
  ];
  if (off.length > 0) {
    yield point(
      "warning",
      `${off.join(" and ")} ${
        off.length === 1 ? "is" : "are"
      } off on "${server}": a crash may corrupt its data`,
      `On "${server}": ${
        off.map((name) => `ALTER SYSTEM SET ${name} = on`).join("; ")
      }; SELECT pg_reload_conf()`,
      { intent: { kind: "set", settings: off.map((name) => [name, "on"] as const) } },
    );
  }
}

function raise(settings: readonly NewSetting[]): Remedy {
  return { intent: { kind: "set", settings, restart: true } };
}

/** Settings in which the candidate differs from the primary. */
function* differences(
  { candidate }: PreflightContext,
  primary: ServerSnapshot,
): Generator<DerivedPoint> {
  const { server } = candidate;
  const [own, its] = [lastRow(candidate, "wal"), lastRow(primary, "wal")];
  const [settings, theirs] = [lastRow(candidate, "settings"), lastRow(primary, "settings")];
  if (own === null || its === null || settings === null || theirs === null) return;
  if (own.level !== "minimal" && WAL_LEVELS.indexOf(own.level) < WAL_LEVELS.indexOf(its.level)) {
    yield point(
      "warning",
      `wal_level = ${own.level} on "${server}", ${its.level} on "${primary.server}": logical replication would end`,
      `ALTER SYSTEM SET wal_level = ${its.level} there, and restart it before you promote it`,
      raise([["wal_level", its.level]]),
    );
  }
  if (own.maxSlots < its.maxSlots) {
    yield point(
      "info",
      `max_replication_slots = ${own.maxSlots} on "${server}", ${its.maxSlots} on "${primary.server}"`,
    );
  }
  const [archives, archived] = [archivesOf(candidate), archivesOf(primary)];
  if (archived === true && archives === false) {
    yield point(
      "warning",
      `"${primary.server}" archives its WAL and "${server}" would not: no point-in-time recovery from then on`,
      `Set archive_mode (with a restart) and archive_command on "${server}"`,
      raise([["archive_mode", "on"], ["archive_command", "COMMAND"]]),
    );
  }
  if (own.keepBytes < its.keepBytes) {
    yield point(
      "info",
      `wal_keep_size = ${formatBytes(own.keepBytes)} on "${server}", ${
        formatBytes(its.keepBytes)
      } on "${primary.server}"`,
    );
  }
  if (settings.maxSlotWalKeepBytes !== theirs.maxSlotWalKeepBytes) {
    const limit = (bytes: number | null) => bytes === null ? "unlimited" : formatBytes(bytes);
    yield point(
      "info",
      `max_slot_wal_keep_size is ${limit(settings.maxSlotWalKeepBytes)} on "${server}", ${
        limit(theirs.maxSlotWalKeepBytes)
      } on "${primary.server}"`,
    );
  }
}

/** Whether a server archives its WAL, or would as a primary; null when unknown. */
function archivesOf(server: ServerSnapshot): boolean | null {
  const mode = lastRow(server, "archiver")?.mode;
  const settings = lastRow(server, "settings");
  return mode === undefined || settings === null ? null : mode !== "off" && settings.hasArchiveCommand;
}
