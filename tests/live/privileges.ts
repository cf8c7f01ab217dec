/**
 * A cluster that is watched by a role whose privileges change, and what the exporter says of it.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import type { Cluster } from "../../compose/lab/topology.ts";
import { judgeRoute, ROUTES } from "../../src/cluster/routing/judge.ts";
import { DEBIAN_15, isInstalled, untilHolds } from "./support.ts";
import type { Watching } from "./watching.ts";

/** Who may get traffic, and what is wrong, apart from privileges. */
export function otherwise({ service }: Watching) {
  const view = service.view();
  const limits = { maxLagSeconds: null, maxLagBytes: null, leastPosition: null };
  return {
    servers: view?.servers.map(({ server, up, role }) => [server, up, role]),
    primary: view?.clusters.map(({ primary, servers }) => [primary, ...servers]),
    routes: ["primary", "standby"].map((server) =>
      ROUTES.filter((route) =>
        judgeRoute(view, { server, route, limits, now: view?.at ?? 0, staleAfterSeconds: 60 })?.isEligible
      )
    ),
    findings: view?.findings.filter(({ severity, check }) =>
      severity !== "info" && check !== "missing_rights"
    )
      .map(({ check, evidence }) => `${check}: ${evidence}`),
  };
}

/** All that while nothing is wrong. */
export const HEALTHY = {
  servers: [["primary", true, "primary"], ["standby", true, "standby"]],
  primary: [["primary", "primary", "standby"]],
  routes: [["primary", "read"], ["replica", "sync", "read"]],
  findings: [],
};

/** What the exporter says about privileges, for a person. */
export function advices({ service }: Watching): readonly string[] {
  const view = service.view();
  return view?.findings.filter(({ check }) => check === "missing_rights" || check === "answer_unusable")
    .map(({ advice }) => advice) ?? [];
}

/** Waits until nothing is wrong. */
export function untilWell(watching: Watching): Promise<void> {
  return untilHolds("all to be well", () => {
    assertEquals<unknown>(otherwise(watching), HEALTHY);
    assertEquals(advices(watching), []);
  });
}

/** Carries out what the findings say on the primary, as a person pastes it into psql. */
export async function carryOut({ primary }: Cluster, advice: readonly string[]): Promise<void> {
  for (const each of advice) {
    const [, statements = ""] = /(GRANT .*)$/.exec(each) ?? [];
    assertMatch(statements, /^GRANT (EXECUTE ON FUNCTION|SELECT ON|pg_monitor) /);
    await primary.sql(statements);
  }
}

/** Starts a primary and its synchronous standby: Debian's 15 where it is installed, else from npm. */
export function startWatched(major: number): Promise<Cluster> {
  return startCluster({
    ...(major === 15 && isInstalled(DEBIAN_15) ? { binaries: DEBIAN_15 } : { major }),
    standbys: 1,
    synchronous: "standby",
    settings: { fsync: "on", archive_mode: "on", archive_command: "true" },
  });
}

/** Short intervals. */
export const OFTEN = { collect: { intervalSeconds: 0.4, maxAgeSeconds: 0.4 }, sampleSeconds: 0.4 };
