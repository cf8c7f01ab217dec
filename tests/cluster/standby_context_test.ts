import { assertEquals } from "@std/assert";
import { clusterContextOf } from "../../src/cluster/cluster_context.ts";
import { fedStandbysOf, type StandbyContext, standbyContextsOf } from "../../src/cluster/standby_context.ts";
import type { ServerSnapshot } from "../../src/domain/view.ts";
import { build, NOW } from "./build_view.ts";
import { END, MIB, notReached, primary, row, standby } from "./diagnosis/situations.ts";
import {
  lost,
  neverReached,
  reached,
  receiver,
  sender,
  server,
  slot,
  subscription,
  subscriptionSlot,
} from "./fixtures.ts";

/** The context of `standby` among these servers, none of which was collected before. */
function contextAmong(...snapshots: readonly ServerSnapshot[]): StandbyContext {
  const before = Object.fromEntries(snapshots.map(({ server }) => [server, null]));
  const found = build({ snapshots, before }).contexts.find(({ name }) => name === "standby");
  if (found === undefined) throw new Error("No context of the standby");
  return found;
}

Deno.test("standbyContextsOf(): a standby whose row is joined to it", () => {
  const sending = primary({ senders: [row({ slot: "standby" })], slots: [slot()] });
  const context = contextAmong(sending, standby({ receiver: [receiver({ slot: "standby" })] }));
  assertEquals([context.own?.server, context.upstream, context.sender?.slot], [
    "standby",
    sending,
    "standby",
  ]);
  assertEquals([context.lastUpstream, context.slot?.slot, context.connected], ["primary", "standby", true]);
  assertEquals(context.applied, { position: END, at: 1000, timeline: 1 });
  assertEquals(context.reference, { timeline: 1, primary: "primary" });
});

Deno.test("standbyContextsOf(): a standby that is cut off: what it was connected to, else its slot, else the primary", () => {
  const cut = standby({ receiver: [] });
  const keeper = { ...standby({ slots: [slot()], receiver: [] }, { startUnixSeconds: 1 }), server: "keeper" };
  assertEquals(contextAmong(primary(), keeper, cut).upstream?.server, "keeper");
  assertEquals(contextAmong(primary(), cut).upstream?.server, "primary");
  assertEquals(contextAmong(notReached("refused", primary()), cut).upstream, null);
  const facts = { server: [server({ writePosition: END })], senders: [row()] };
  const old = reached("old", { readAt: 990, facts });
  const { contexts } = build({
    snapshots: [{ ...lost(old), facts: { server: old.facts.server ?? [] } }, primary(), cut],
    before: { old: old.facts, standby: standby().facts, primary: null },
  });
  const [named] = contexts.filter(({ name }) => name === "standby");
  assertEquals([named?.upstream?.server, named?.lastUpstream, named?.sender], ["old", "old", null]);
});

Deno.test("standbyContextsOf(): a standby that nobody configured", () => {
  const its = row();
  const context = contextAmong(primary({ senders: [its] }));
  assertEquals([context.own, context.upstream?.server, context.sender], [null, "primary", its]);
  assertEquals([context.fact, context.receiver, context.recovery], [null, undefined, null]);
});

Deno.test("standbyContextsOf(): a server never reached is a standby where the primary is another", () => {
  const context = contextAmong(primary(), neverReached("standby"));
  assertEquals([context.applied, context.lag.unknownReason], [null, "never_seen"]);
});

Deno.test("standbyContextsOf(): its own facts are those of the latest collection alone", () => {
  const gone = contextAmong(primary(), notReached());
  assertEquals([gone.own?.up, gone.fact, gone.receiver, gone.recovery], [false, null, undefined, null]);
  assertEquals([gone.received, gone.replayed, gone.replay], [null, null, null]);
  const reached = contextAmong(primary(), standby());
  assertEquals([reached.receiver?.status, reached.fact?.replayPosition], ["streaming", END]);
  assertEquals(contextAmong(primary(), standby({ recovery: [] })).recovery, null);
  assertEquals(contextAmong(primary(), standby({ receiver: [] })).receiver, null);
});

Deno.test("standbyContextsOf(): what was sampled between collections counts as received and replayed", () => {
  const snapshots = [primary(), standby()];
  const { memory } = build({ snapshots });
  memory.servers.of("standby").sampleStandby({ position: END + 2n * MIB, replayed: END + MIB, at: 1000.5 });
  const [context] = memory.groups(snapshots).flatMap((group) =>
    standbyContextsOf(clusterContextOf(group, NOW))
  );
  assertEquals([context?.received, context?.replayed], [END + 2n * MIB, END + MIB]);
  assertEquals(context?.applied, { position: END + MIB, at: 1000.5, timeline: 1 });
});

Deno.test("standbyContextsOf(): since when its connection is what it is, and whether it is stranded", () => {
  const { contexts } = build({
    snapshots: [primary({ senders: [] }), standby({ receiver: [] })],
    before: { primary: primary({ senders: [row()] }).facts, standby: standby().facts },
  });
  const [context] = contexts;
  assertEquals([context?.connected, context?.connectedChangedAt, context?.stranded], [false, 999, false]);
});

Deno.test("fedStandbysOf(): standbys of which the primary can report all, by the process that feeds them", () => {
  const fedAmong = (...snapshots: readonly ServerSnapshot[]) =>
    build({ snapshots }).memory.groups(snapshots).flatMap((group) =>
      [...fedStandbysOf(group)].map(([server, fed]) => [server, [...fed]])
    );
  const sending = primary({ senders: [row({ pid: 7 })] });
  const plain = { senders: [], slots: [slot()], subscriptions: [] };
  assertEquals(fedAmong(sending, standby(plain)), [["primary", [[7, "standby"]]]]);
  assertEquals(fedAmong(primary({ senders: [] }), standby(plain)), [], "not connected");
  assertEquals(fedAmong(notReached("refused", sending), standby(plain)), [], "its primary is down");
  assertEquals(fedAmong(sending, notReached("timeout", standby(plain))), [], "it is down itself");
  assertEquals(fedAmong(sending, standby({ ...plain, senders: [sender()] })), [], "it feeds another");
  assertEquals(
    fedAmong(sending, standby({ slots: plain.slots })),
    [],
    "whether it does is unknown",
  );
  assertEquals(
    fedAmong(sending, standby({ ...plain, slots: [subscriptionSlot()] })),
    [],
    "it has a copy of a slot",
  );
  assertEquals(
    fedAmong(sending, standby({ ...plain, subscriptions: [subscription()] })),
    [],
    "it has subscriptions",
  );
});
