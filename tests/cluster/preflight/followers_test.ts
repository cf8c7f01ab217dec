import { mayRewind } from "../../../src/cluster/topology/stranded.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { betterThan, deriveFollowers, followerPoints } from "../../../src/cluster/preflight/followers.ts";
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

Deno.test("a standby of the primary gets the candidate as its upstream, with its slot and application_name", () => {
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

Deno.test("a standby of the candidate stays, and so does a standby of another standby that keeps streaming", () => {
  assertEquals(actionOf({ standbys: { standby2: { upstream: "standby" } } }), [
    "stays",
    'It already follows "standby"',
  ]);
  const view = trio({ standbys: { standby: { upstream: "standby2" } } });
  const [below] = deriveFollowers(contextAround(view, "standby2"));
  assertEquals([below?.name, below?.action], ["standby", "stays"]);
});

Deno.test("a standby with more WAL than the candidate is rewound, or rebuilt when pg_rewind cannot be used", () => {
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

Deno.test("a standby that is ahead needs no rewind while both stream from a primary that is up", () => {
  const context = contextAround(trio({
    standby: { server: behind(4096) },
    primary: { senders: [] },
    standbys: { standby: { lastPosition: WRITTEN - 4096n } },
  }));
  const followers = deriveFollowers(context);
  assertEquals([followers[0]?.action, followers[0]?.aheadBytes], ["repoint", 4096]);
  assertEquals(betterThan(context, followers), null);
});

Deno.test("a standby that needs WAL removed from the candidate is rebuilt, unless it has a restore_command", () => {
  const old = [server({ inRecovery: true, receivePosition: 1000n, replayPosition: 1000n })];
  const lagging = {
    primary: { senders: [] },
    standbys: { standby2: { lastPosition: 1000n, connected: false } },
    standby2: { server: old, receiver: [] },
  } as const satisfies Trio;
  const [action, because] = actionOf(lagging);
  assertEquals(action, "rebuild");
  assertStringIncludes(because, 'needs WAL from 0/3E8 on, and "standby" has no WAL before 0/3000000');
  const withArchive = { ...lagging.standby2, recovery: [recovery({ hasRestoreCommand: true })] };
  assertEquals(actionOf({ ...lagging, standby2: withArchive })[0], "repoint");
});

Deno.test("a lost standby is rebuilt, one that stays on its timeline gets advice, and one without a position is unknown", () => {
  assertEquals(actionOf({ standbys: { standby2: { reason: "lost", catchUpText: "It is lost" } } }), [
    "rebuild",
    "It is lost",
  ]);
  const [, because] = actionOf({ standby2: { settings: [settings({ recoveryTargetTimeline: "current" })] } });
  assertStringIncludes(because, "set it to latest and restart the server");
  assertEquals(
    actionOf({
      primary: { senders: [] },
      snapshots: { standby2: NEVER },
      standbys: { standby2: { lastPosition: null } },
    })[0],
    "unknown",
  );
  assertStringIncludes(actionOf({ snapshots: { standby2: GONE } })[1], "It is unreachable now");
});

Deno.test("the better candidate is a standby that has more WAL and could be promoted", () => {
  const of = (changes: Trio) => {
    const context = contextAround(trio(changes));
    const followers = deriveFollowers(context);
    return [
      betterThan(context, followers)?.name,
      followerPoints(context, followers).map(({ weight }) => weight),
    ];
  };
  assertEquals(of(ahead), ["standby2", ["no_go", "warning"]]);
  assertEquals(of({ ...ahead, snapshots: { primary: GONE, standby2: { ...GONE, role: "standby" } } }), [
    undefined,
    ["warning"],
  ]);
});

Deno.test("a candidate without another standby gets a warning", () => {
  const view = trio();
  const context = contextAround({
    ...view,
    standbys: view.standbys.filter(({ name }) => name === "standby"),
  });
  assertEquals(followerPoints(context, deriveFollowers(context)).map(({ text }) => text), [
    '"standby" would have no standby until the old primary becomes one',
  ]);
});
