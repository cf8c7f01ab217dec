import { mayRewind } from "../../../src/cluster/topology/stranded.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { betterThan, deriveFollowers, tellFollowers } from "../../../src/cluster/preflight/followers.ts";
import { recovery, server, settings } from "../fixtures.ts";
import { behind, contextAround, GONE, NEVER, ORPHANS, type Trio, trio, WRITTEN } from "./scenes.ts";

const ahead = {
  ...ORPHANS,
  standby: { server: behind(4096), receiver: [] },
  snapshots: { primary: GONE },
} as const satisfies Trio;

function actionOf(changes: Trio, name = "standby2") {
  const found = deriveFollowers(contextAround(trio(changes))).find((each) => each.name === name);
  return [found?.action, found?.because ?? ""] as const;
}

Deno.test("a standby of the primary is given another upstream, with its slot and name", () => {
  const [follower] = deriveFollowers(contextAround(trio()));
  assertEquals(follower, {
    name: "standby2",
    configured: true,
    action: "repoint",
    because: 'It follows "primary" now',
    aheadBytes: 0,
    applicationName: "standby2",
    slot: "standby2",
  });
});

Deno.test("who follows the candidate stays, and who follows another standby that goes on", () => {
  assertEquals(actionOf({ standbys: { standby2: { upstream: "standby" } } }), [
    "stays",
    'It follows "standby" already',
  ]);
  const view = trio({ standbys: { standby: { upstream: "standby2" } } });
  const [below] = deriveFollowers(contextAround(view, "standby2"));
  assertEquals([below?.name, below?.action], ["standby", "stays"]);
});

Deno.test("who has more than the candidate is rewound, or rebuilt when pg_rewind cannot work", () => {
  assertEquals(actionOf(ahead)[0], "rewind");
  const [action, because] = actionOf({
    ...ahead,
    standby2: { ...ORPHANS.standby2, settings: [settings({ dataChecksums: false })] },
  });
  assertEquals(action, "rebuild");
  assertStringIncludes(because, "4.0 KiB more");
  assertEquals([
    mayRewind(null),
    mayRewind(settings({ dataChecksums: false })),
    mayRewind(settings({ dataChecksums: false, walLogHints: true })),
  ], [null, false, true]);
});

Deno.test("while both stream from a primary that is up, being ahead says nothing", () => {
  const context = contextAround(trio({
    standby: { server: behind(4096) },
    primary: { senders: [] },
    standbys: { standby: { lastPosition: WRITTEN - 4096n } },
  }));
  const followers = deriveFollowers(context);
  assertEquals([followers[0]?.action, followers[0]?.aheadBytes], ["repoint", 4096]);
  assertEquals(betterThan(context, followers), null);
});

Deno.test("who needs WAL that the candidate no longer has is rebuilt, unless an archive may have it", () => {
  const old = [server({ inRecovery: true, receivePosition: 1000n, replayPosition: 1000n })];
  const lagging = {
    primary: { senders: [] },
    standbys: { standby2: { lastPosition: 1000n, connected: false } },
    standby2: { server: old, receiver: [] },
  } as const satisfies Trio;
  const [action, because] = actionOf(lagging);
  assertEquals(action, "rebuild");
  assertStringIncludes(because, 'needs WAL from 0/3E8 on, and "standby" has none before 0/3000000');
  const withArchive = { ...lagging.standby2, recovery: [recovery({ hasRestoreCommand: true })] };
  assertEquals(actionOf({ ...lagging, standby2: withArchive })[0], "repoint");
});

Deno.test("who is lost already is rebuilt; who does not follow new timelines is told so; who is unknown is unknown", () => {
  assertEquals(actionOf({ standbys: { standby2: { reason: "lost", catchUpText: "It is lost" } } }), [
    "rebuild",
    "It is lost",
  ]);
  const [, because] = actionOf({ standby2: { settings: [settings({ recoveryTargetTimeline: "current" })] } });
  assertStringIncludes(because, "set it to latest and restart it");
  assertEquals(
    actionOf({
      primary: { senders: [] },
      snapshots: { standby2: NEVER },
      standbys: { standby2: { lastPosition: null } },
    })[0],
    "unknown",
  );
  assertStringIncludes(actionOf({ snapshots: { standby2: GONE } })[1], "not reached now");
});

Deno.test("the better candidate is one that has more and could be promoted", () => {
  const of = (changes: Trio) => {
    const context = contextAround(trio(changes));
    const followers = deriveFollowers(context);
    return [
      betterThan(context, followers)?.name,
      tellFollowers(context, followers).map(({ weight }) => weight),
    ];
  };
  assertEquals(of(ahead), ["standby2", ["no_go", "warning"]]);
  assertEquals(of({ ...ahead, snapshots: { primary: GONE, standby2: { ...GONE, role: "standby" } } }), [
    undefined,
    ["warning"],
  ]);
});

Deno.test("a candidate without another standby is told to be alone", () => {
  const view = trio();
  const context = contextAround({
    ...view,
    standbys: view.standbys.filter(({ name }) => name === "standby"),
  });
  assertEquals(tellFollowers(context, deriveFollowers(context)).map(({ text }) => text), [
    '"standby" would have no standby until the old primary is one',
  ]);
});
