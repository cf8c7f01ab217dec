/**
 * Views of clusters under a manager, and what an advice there must not say.
 *
 * @module
 */
import type { ClusterManager } from "../../../src/domain/manager.ts";
import type { View } from "../../../src/domain/view.ts";

/** Steps by hand that a manager undoes, or that split its cluster. */
const BY_HAND =
  /ALTER SYSTEM|pg_ctl\b|pg_promote|pg_rewind|pg_basebackup|systemctl (?:re)?(?:stop|start)|standby\.signal|primary_conninfo =|primary_slot_name =|pg_create_physical/g;

/** Commands of every manager: an advice has none of another. */
const OWN: Readonly<Record<ClusterManager["manager"], RegExp>> = {
  rds: /\baws rds\b/,
  alloydb: /\bgcloud alloydb\b/,
  cloud_sql: /\bgcloud sql\b/,
  azure: /\baz postgres\b/,
  cloudnative_pg: /\bkubectl cnpg\b|clusters\.postgresql\.cnpg\.io/,
  crunchy_pgo: /\bPostgresCluster\b|\bpatronictl\b/,
  zalando_operator: /\bkubectl edit postgresql\b|\bpatronictl\b/,
  patroni: /\bpatronictl\b/,
  pg_auto_failover: /\bpg_autoctl\b/,
  stolon: /\bstolonctl\b/,
  repmgr: /\brepmgr (?:cluster|node|standby|service|-h)/,
};

const ON_PATRONI: readonly ClusterManager["manager"][] = ["patroni", "crunchy_pgo", "zalando_operator"];

/** The view with this manager in charge of every cluster. */
export function underManager(
  view: View,
  manager: Pick<ClusterManager, "manager" | "certainty">,
): View {
  const found: ClusterManager = { ...manager, by: ["a sign"], clusterName: "main" };
  return {
    ...view,
    servers: view.servers.map((server) => ({ ...server, manager: found })),
    clusters: view.clusters.map((cluster) => ({ ...cluster, manager: found })),
  };
}

/** What is wrong with an advice under a manager, one sentence each. */
export function checkManagedAdvice(
  advice: string,
  { manager, certainty }: Pick<ClusterManager, "manager" | "certainty">,
): readonly string[] {
  const asked = /^First find out whether .* is in charge/s.test(advice);
  // Where it is only likely, what is done by hand comes last, for the other answer.
  const [managed = ""] = certainty === "likely" && asked ? advice.split(" Otherwise: ") : [advice];
  const isPatroni = ON_PATRONI.includes(manager);
  return [
    ...[...managed.matchAll(BY_HAND)].map(([words]) => `"${words}" by hand under ${manager}: ${advice}`),
    ...Object.entries(OWN).filter(([name, words]) =>
      name !== manager && !(isPatroni && ON_PATRONI.some((each) => each === name)) && words.test(managed)
    )
      .map(([name]) => `a command of ${name} under ${manager}: ${advice}`),
    ...(/undefined|null(?!')|\$\{/.test(managed.replaceAll("=null", ""))
      ? [`a value is missing: ${advice}`]
      : []),
    ...(/;;|:;|: *$|\.\.|\. *;/.test(managed.replaceAll("...", "")) ? [`it ends badly: ${advice}`] : []),
  ];
}
