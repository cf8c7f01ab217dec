import { assertEquals, assertStringIncludes } from "@std/assert";
import type { ServerView } from "../../../src/domain/view.ts";
import { derivePreflight } from "../../../src/cluster/preflight/derive_preflight.ts";
import { subscriptionView } from "../../fixtures/catalogues.ts";
import { settings } from "../fixtures.ts";
import { type CopyScene, copyScene } from "../logical/copies.ts";
import { outlook, scene } from "./consumer_scene.ts";
import { GONE } from "./scenes.ts";

const gone = { primarySnapshot: GONE };

Deno.test("with a copy that is ready a subscription goes on elsewhere; nothing is said that its address follows", () => {
  const { fates, point } = outlook(scene());
  assertEquals([fates, point?.weight], [["repoint"], "info"]);
  assertStringIncludes(
    point?.text ?? "",
    'Subscription "app_sub" on "subscriber" goes on with its slot once its connection string',
  );
});

Deno.test("without one it must be copied again, and until then its slot can be made to survive", () => {
  const { fates, point } = outlook(
    scene({ slot: { failover: false }, copy: null, sync: { isOn: false, isRunning: null } }),
  );
  assertEquals([fates, point?.weight], [["copy_anew"], "warning"]);
  assertStringIncludes(
    point?.text ?? "",
    'must be copied again, as its slot does not survive: slot "app_sub" was not created with failover = true',
  );
  assertStringIncludes(
    point?.advice ?? "",
    "ALTER SUBSCRIPTION app_sub DISABLE; ALTER SUBSCRIPTION app_sub SET (failover = true); ALTER SUBSCRIPTION app_sub ENABLE;",
  );
  assertStringIncludes(point?.advice ?? "", "ALTER SYSTEM SET sync_replication_slots = on;");
  const old = outlook(scene({ version: 150018, copy: null }));
  assertEquals([old.fates, old.point?.advice], [["copy_anew"], ""]);
});

Deno.test("once the primary is down, what is applied and not received is lost to it", () => {
  const ahead = subscriptionView().lag;
  const lost = outlook(scene(gone, { lag: { ...ahead, appliedPosition: 5400n } }));
  assertEquals([lost.fates, lost.point?.weight], [["loses_data"], "loss"]);
  assertStringIncludes(lost.point?.text ?? "", "up to 400 B of WAL");
  assertEquals(outlook(scene(gone)).fates, ["repoint"]);
  assertEquals(outlook(scene({ ...gone, awaited: [] }, { isFresh: false })).fates, ["unknown"]);
  assertEquals(outlook(scene(gone, { lag: { ...ahead, appliedPosition: null } })).fates, ["unknown"]);
});

Deno.test("what a subscription has applied in the end shows its origin, read after the primary had responded for the last time", () => {
  const unguarded = scene({ ...gone, awaited: [] });
  const { primary } = outlook(unguarded).context;
  const heardAt = primary?.heardAt ?? primary?.readAt ?? 0;
  const [own] = unguarded.subscriptions;
  if (primary === null || own === undefined) throw new Error("No subscription");
  const judged = (changes: Partial<ServerView>, remotePosition: bigint | null) => {
    const origins = remotePosition === null ? [] : [{ subscription: own.fact.oid ?? "", remotePosition }];
    const subscriber = {
      ...primary,
      server: "subscriber",
      up: true,
      clusterKey: "other",
      facts: { origins },
    };
    const heard = unguarded.servers.map((each) => each.server === "primary" ? { ...each, heardAt } : each);
    return outlook({ ...unguarded, servers: [...heard, { ...subscriber, readAt: heardAt + 3, ...changes }] });
  };
  assertEquals(judged({}, 4000n).fates, ["repoint"]);
  const early = judged({ readAt: heardAt + 1 }, 4000n);
  assertEquals([early.fates, early.point?.weight], [["unknown"], "warning"]);
  assertStringIncludes(early.point?.text ?? "", "how far it got in the end was not read");
  assertStringIncludes(
    early.point?.advice ?? "",
    `As a superuser on "subscriber": SELECT remote_lsn FROM pg_replication_origin_status WHERE external_id = 'pg_`,
  );
  assertEquals(judged({}, null).fates, ["unknown"]);
  assertEquals(judged({ up: false }, 4000n).fates, ["unknown"]);
});

Deno.test("of a primary that was never read, copies show who reads", () => {
  const never = outlook(scene({ primarySnapshot: { ...GONE, readAt: null, role: null, facts: {} } }));
  // Whether synchronized_standby_slots held the subscription back is unknown with the settings of the primary.
  assertEquals(never.fates, ["unknown"]);
  assertStringIncludes(never.point?.text ?? "", 'has a copy of slot "app_sub" that is ready');
});

Deno.test("a slot that nobody here reads, and a CDC connector", () => {
  const named = (changes: CopyScene) => outlook({ ...copyScene(changes) }).point?.text ?? "";
  assertStringIncludes(
    named({ copy: null }),
    'The subscription or CDC connector that reads slot "app_sub" must be copied',
  );
  assertStringIncludes(named({ copy: null, slot: { plugin: "wal2json" } }), "needs a new snapshot");
});

Deno.test("a subscription of the cluster itself goes on", () => {
  const own = scene({}, { server: "primary", publisher: null });
  const { fates } = outlook(own);
  assertEquals(fates, ["repoint", "goes_on"]);
  const steps = derivePreflight(own, "standby").steps.map(({ title }) => title);
  assertEquals(steps.filter((title) => title.includes("applies its subscriptions")).length, 1);
});

Deno.test("what the candidate would wait for itself is emptied first", () => {
  const view = scene();
  const waiting = {
    ...view,
    servers: view.servers.map((server) =>
      server.server !== "standby" ? server : {
        ...server,
        facts: {
          ...server.facts,
          settings: [
            settings({ slotSync: { isOn: true, hasDatabase: true, isRunning: true, awaited: ["standby"] } }),
          ],
        },
      }
    ),
  };
  const said = derivePreflight(waiting, "standby");
  assertEquals(said.points.filter(({ text }) => text.includes("synchronized_standby_slots")).length, 1);
  assertEquals(
    said.steps.flatMap(({ commands }) => commands).filter((each) =>
      each.includes("synchronized_standby_slots")
    ),
    [
      "ALTER SYSTEM SET synchronized_standby_slots = '';",
      "ALTER SYSTEM SET synchronized_standby_slots = 'primary';",
    ],
  );
});
