import { assertEquals, assertStringIncludes } from "@std/assert";
import { judgeRoute, type Route, type RouteQuestion } from "../../../src/cluster/routing/judge.ts";
import type { View } from "../../../src/domain/view.ts";
import { sender } from "../fixtures.ts";
import { down, NOW, type Scene, viewOf } from "../findings/views.ts";

const NO_LIMITS: RouteQuestion["limits"] = { maxLagSeconds: null, maxLagBytes: null, leastPosition: null };

/** A view whose servers all responded a second ago. */
function viewHeard(scene: Scene = {}): View {
  const view = viewOf(scene);
  return { ...view, servers: view.servers.map((server) => ({ heardAt: NOW - 1, ...server })) };
}

function judge(
  view: View | null,
  { limits, ...question }: {
    readonly server: string;
    readonly route: Route;
    readonly limits?: Partial<RouteQuestion["limits"]>;
  },
) {
  return judgeRoute(view, {
    now: NOW,
    staleAfterSeconds: 5,
    ...question,
    limits: { ...NO_LIMITS, ...limits },
  });
}

/** The eligible servers of each route. */
function takenBy(view: View): Readonly<Record<Route, string>> {
  const taken = (route: Route) =>
    ["primary", "standby"].filter((server) => judge(view, { server, route })?.isEligible).join();
  return { primary: taken("primary"), replica: taken("replica"), sync: taken("sync"), read: taken("read") };
}

const withSyncState = (syncState: string | null): Scene => ({
  primary: { senders: [sender({ applicationName: "standby", slot: "standby", syncState })] },
});

Deno.test("judgeRoute() sends writes to the primary and reads to both", () => {
  assertEquals(takenBy(viewHeard(withSyncState("async"))), {
    primary: "primary",
    replica: "standby",
    sync: "",
    read: "primary,standby",
  });
});

Deno.test("judgeRoute() calls a standby synchronous only when its upstream reports it as such", () => {
  for (
    const [state, expected] of [["sync", "standby"], ["quorum", "standby"], ["potential", ""], [
      null,
      "",
    ]] as const
  ) {
    assertEquals(takenBy(viewHeard(withSyncState(state))).sync, expected, String(state));
  }
  assertEquals(takenBy(viewHeard({ ...withSyncState("sync"), derived: { sender: null } })).sync, "");
});

Deno.test("judgeRoute() sends nothing to a server that is down, stale, stranded or one of two primaries", () => {
  const nothing = { primary: "", replica: "", sync: "", read: "standby" };
  for (const kind of ["refused", "unreachable", "starting", "shutting_down"] as const) {
    const { replica, ...taken } = takenBy(viewHeard({ primarySnapshot: down({ kind }) }));
    assertEquals([{ ...taken, replica: "" }, replica], [nothing, "standby"], kind);
  }
  const old = viewHeard({ standbySnapshot: { heardAt: NOW - 5.1 } });
  assertEquals(takenBy(old).read, "primary");
  assertStringIncludes(judge(old, { server: "standby", route: "replica" })?.reason ?? "", "5.1 s old");
  assertEquals(takenBy(viewHeard({ servers: { primary: { isStranded: true } } })).primary, "");
  const both = { cluster: { primaries: ["primary", "standby"] } };
  assertEquals(takenBy(viewHeard(both)).primary, "");
  assertStringIncludes(
    judge(viewHeard(both), { server: "primary", route: "primary" })?.reason ?? "",
    "Split brain",
  );
  assertEquals(
    takenBy(viewHeard({ ...both, servers: { standby: { isStranded: true } } })).primary,
    "primary",
  );
});

Deno.test("judgeRoute() tolerates errors that may be the exporter's own, until the latest response is too old", () => {
  for (const kind of ["timeout", "too_many_connections", "auth"] as const) {
    assertEquals(takenBy(viewHeard({ primarySnapshot: down({ kind }) })).primary, "primary", kind);
    const old = viewHeard({ primarySnapshot: { ...down({ kind }), heardAt: NOW - 6 } });
    assertEquals(takenBy(old).primary, "", kind);
  }
});

Deno.test("judgeRoute() applies limits, and an unknown lag exceeds them all", () => {
  const lagging = viewHeard({ derived: { lag: { seconds: 4, bytes: 5000 }, lastPosition: 5000n } });
  const cases: readonly (readonly [Partial<RouteQuestion["limits"]>, boolean, isLagging: boolean])[] = [
    [{}, true, false],
    [{ maxLagSeconds: 4 }, true, false],
    [{ maxLagSeconds: 3.9 }, false, true],
    [{ maxLagBytes: 5000 }, true, false],
    [{ maxLagBytes: 4999 }, false, true],
    [{ maxLagSeconds: 9, maxLagBytes: 4999 }, false, true],
    [{ leastPosition: 5000n }, true, false],
    [{ leastPosition: 5001n }, false, false],
  ];
  for (const [limits, isEligible, isLagging] of cases) {
    const verdict = judge(lagging, { server: "standby", route: "replica", limits });
    assertEquals([verdict?.isEligible, verdict?.isLagging], [isEligible, isLagging], Deno.inspect(limits));
  }
  const unknown = viewHeard({ derived: { lag: { seconds: null, bytes: null }, lastPosition: null } });
  for (const limits of [{ maxLagSeconds: 9 }, { maxLagBytes: 9 }, { leastPosition: 1n }]) {
    const verdict = judge(unknown, { server: "standby", route: "replica", limits });
    assertEquals(
      [verdict?.isEligible, verdict?.isLagging],
      [false, false],
      Deno.inspect(limits, { depth: 1 }),
    );
  }
});

Deno.test("judgeRoute() takes out a standby that receives no WAL, unless a limit applies or it replays from the archive", () => {
  const cut: Scene = {
    derived: { connected: false, reason: "disconnected", lag: { seconds: 2, bytes: 10 } },
  };
  assertEquals(takenBy(viewHeard(cut)).replica, "");
  const limits = { maxLagSeconds: 5 };
  assertEquals(judge(viewHeard(cut), { server: "standby", route: "replica", limits })?.isEligible, true);
  assertEquals(takenBy(viewHeard({ derived: { connected: false, reason: "archive" } })).replica, "standby");
});

Deno.test("judgeRoute() has no yes before the first collection, and no verdict on a server that is not watched", () => {
  assertEquals(judge(null, { server: "primary", route: "read" })?.isEligible, false);
  assertEquals(judge(viewHeard(), { server: "nobody", route: "read" }), null);
  const never = viewOf({ standbySnapshot: { ...down({}), role: null, readAt: null } });
  assertStringIncludes(
    judge(never, { server: "standby", route: "read" })?.reason ?? "",
    "never been reached",
  );
});

Deno.test("judgeRoute() without a primary answers by the bound, then as it is told to", () => {
  const lagOf = (atMostSeconds: number, hasAllKnown: boolean): Scene => ({
    primarySnapshot: down({ kind: "refused" }),
    derived: {
      lag: { seconds: null, bytes: null, withoutPrimary: { atMostSeconds, hasAllKnown } },
      connected: false,
    },
  });
  const replica = (scene: Scene, limits: Partial<RouteQuestion["limits"]>) =>
    judge(viewHeard(scene), { server: "standby", route: "replica", limits })?.isEligible;
  const cases: readonly (readonly [Scene, Partial<RouteQuestion["limits"]>, boolean])[] = [
    [lagOf(4, true), { maxLagSeconds: 5 }, true],
    [lagOf(4, false), { maxLagSeconds: 5 }, true],
    [lagOf(6, true), { maxLagSeconds: 5 }, false],
    [lagOf(6, true), { maxLagSeconds: 5, withoutPrimary: "refuse" }, false],
    [lagOf(6, true), { maxLagSeconds: 5, maxLagBytes: 9, withoutPrimary: "serve" }, true],
    [lagOf(6, false), { maxLagSeconds: 5, withoutPrimary: "serve" }, false],
    [lagOf(4, true), { maxLagBytes: 9 }, false],
    [lagOf(Infinity, true), {}, true],
    [lagOf(4, false), {}, false],
    [lagOf(4, true), { leastPosition: 1n << 60n, withoutPrimary: "serve" }, false],
  ];
  for (const [scene, limits, isEligible] of cases) {
    assertEquals(replica(scene, limits), isEligible, Deno.inspect([scene.derived?.lag, limits]));
  }
  const served = { maxLagSeconds: 1, withoutPrimary: "serve" } as const;
  const lagging = { derived: { lag: { seconds: 2, bytes: 5 } } };
  assertEquals(replica(lagging, served), false, "not while there is a primary");
});

Deno.test("judgeRoute() sends no writes to a primary that was not heard since another one was promoted", () => {
  const limbo = { cluster: { primaries: ["standby"], primary: "standby" } };
  const view = viewHeard(limbo);
  assertEquals(judge(view, { server: "primary", route: "primary" })?.isEligible, false);
});
