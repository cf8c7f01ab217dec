/**
 * Who is in charge of a cluster, from what its servers show of a manager.
 *
 * @module
 */
import type { ManagerFact } from "../../domain/facts.ts";
import { type ClusterManager, type Manager, MANAGERS } from "../../domain/manager.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { serverFact } from "./identity.ts";

/** What a server may show of a manager: what shows it, as a phrase; null when it does not. */
type Sign = (server: ServerSnapshot, fact: ManagerFact | undefined) => string | null;

/** A session under a name. */
function session(pattern: RegExp): Sign {
  return (_, fact) => {
    const found = fact?.sessions.find((name) => pattern.test(name));
    return found === undefined ? null : `sessions named "${found}"`;
  };
}

function role(name: string): Sign {
  return (_, fact) => fact?.roles.includes(name) ? `the role ${name}` : null;
}

function slotsLike(pattern: RegExp, title: string): Sign {
  return ({ facts }) => facts.slots?.some(({ slot }) => pattern.test(slot)) ? `slots named ${title}` : null;
}

function commandLine(...names: readonly string[]): Sign {
  return (_, fact) =>
    names.every((name) => fact?.commandLine.includes(name))
      ? `${names.join(", ")} given on the command line`
      : null;
}

const preloadsRepmgr: Sign = (_, fact) =>
  fact?.preloaded.includes("repmgr") ? "repmgr in shared_preload_libraries" : null;

const PATRONI_SIGNS = [
  session(/^Patroni/),
  commandLine("cluster_name", "hot_standby", "track_commit_timestamp", "wal_log_hints"),
];

/** Signs of each manager that are independent of one another: two are proof, one is not. */
const SIGNS: Readonly<Record<Manager, readonly Sign[]>> = {
  rds: [role("rdsadmin"), role("rds_superuser")],
  alloydb: [role("alloydbadmin"), role("alloydbsuperuser")],
  cloud_sql: [role("cloudsqladmin"), role("cloudsqlsuperuser")],
  azure: [role("azuresu"), role("azure_pg_admin")],
  cloudnative_pg: [
    session(/^cnpg-/),
    slotsLike(/^_cnpg_/, "_cnpg_*"),
    role("streaming_replica"),
    role("cnpg_metrics_exporter"),
  ],
  crunchy_pgo: [role("_crunchyrepl")],
  zalando_operator: [role("zalandos"), role("robot_zmon")],
  patroni: PATRONI_SIGNS,
  pg_auto_failover: [
    session(/^pgautofailover_/),
    slotsLike(/^pgautofailover_standby_\d+$/, "pgautofailover_standby_*"),
    role("pgautofailover_replicator"),
    role("pgautofailover_monitor"),
  ],
  stolon: [session(/^stolon_/), slotsLike(/^stolon_[0-9a-f]{8}$/, "stolon_*")],
  repmgr: [
    session(/^repmgr$/),
    slotsLike(/^repmgr_slot_\d+$/, "repmgr_slot_*"),
    role("repmgr"),
    preloadsRepmgr,
  ],
};

/** Managers that run Patroni: its signs are theirs. */
const ON_PATRONI: readonly Manager[] = ["crunchy_pgo", "zalando_operator"];

/**
 * Who manages a cluster. What was read last counts, even of a server that is down now: a manager does not leave with it.
 *
 * @param servers Its servers.
 * @returns null when none of them shows a manager.
 */
export function managerOf(servers: readonly ServerSnapshot[]): ClusterManager | null {
  const found = MANAGERS.map((manager) => ({ manager, by: signsOn(servers, manager) }))
    .filter(({ by }) => by.length > 0);
  const patroni = found.find(({ manager }) => manager === "patroni");
  const candidates = found.flatMap(({ manager, by }) => {
    if (!ON_PATRONI.includes(manager)) return [{ manager, by }];
    // Its role alone is a name like any other.
    return patroni === undefined ? [] : [{ manager, by: [...by, ...patroni.by] }];
  });
  // Of managers with as many signs the first is built on the others.
  const [first, second] = candidates.toSorted((a, b) => b.by.length - a.by.length);
  if (first === undefined) return null;
  const isRival = second !== undefined && second.by.length > 1 && !isBuiltOn(first.manager, second.manager);
  return {
    manager: first.manager,
    certainty: first.by.length > 1 && !isRival ? "certain" : "likely",
    by: isRival ? [...first.by, ...second.by] : first.by,
    clusterName: nameOf(servers),
  };
}

/** `cluster_name`, which managers set to the same on every server; "" when it differs. */
function nameOf(servers: readonly ServerSnapshot[]): string {
  const names = new Set(
    servers.map((server) => serverFact(server)?.clusterName ?? "").filter((name) => name !== ""),
  );
  const [only = "", ...more] = names;
  return more.length === 0 ? only : "";
}

function isBuiltOn(manager: Manager, other: Manager): boolean {
  return ON_PATRONI.includes(manager) && other === "patroni";
}

/** What the servers show of a manager, each sign once, with the servers where that differs from all. */
function signsOn(servers: readonly ServerSnapshot[], manager: Manager): readonly string[] {
  return SIGNS[manager].flatMap((sign) => {
    const shown = servers.map((server) => sign(server, server.facts.manager?.[0]));
    const phrase = shown.find((each) => each !== null);
    if (phrase === undefined || phrase === null) return [];
    const names = servers.filter((_, index) => shown[index] !== null).map(({ server }) => server);
    return [names.length === servers.length ? phrase : `${phrase} on ${names.join(", ")}`];
  });
}
