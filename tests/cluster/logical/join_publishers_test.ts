import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  joinPublisher,
  originOf,
  type PublishingServer,
  type PublishingServers,
} from "../../../src/cluster/logical/join_publishers.ts";
import type { SenderFact, SlotFact, SubscriptionFact } from "../../../src/domain/facts.ts";
import { PUBLISHER_EVIDENCE } from "../../../src/domain/subscription.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import {
  lost,
  reached,
  server,
  settings,
  subscription,
  subscriptionSender,
  subscriptionSlot,
} from "../fixtures.ts";

const SUB: ServerSnapshot = {
  ...reached("sub", { readAt: 0, facts: { server: [server()] } }),
  address: { host: "10.0.0.9", hostAddress: "", port: 5432 },
};

/** A publisher with the slot, and a sender of the subscription; changed as wanted. */
function publisher(
  name: string,
  { clusterKey = name, slot = {}, sender = {}, isStandby = false, isFormer = false }: {
    readonly clusterKey?: string | null;
    readonly slot?: Partial<SlotFact> | null;
    readonly sender?: Partial<SenderFact> | null;
    readonly isStandby?: boolean;
    readonly isFormer?: boolean;
  } = {},
): PublishingServer {
  return {
    snapshot: reached(name, {
      readAt: 0,
      facts: {
        server: [server({ inRecovery: isStandby })],
        slots: slot === null ? [] : [subscriptionSlot(slot)],
        senders: sender === null ? [] : [subscriptionSender({ clientAddress: "10.0.0.1", ...sender })],
      },
    }),
    clusterKey,
    isFormer,
  };
}

/** What reads nothing: its slot has no sender. */
const UNREAD = { slot: { active: false }, sender: null };

function among(servers: readonly PublishingServer[]): PublishingServers {
  const slots = servers.flatMap((each) =>
    (each.snapshot.facts.slots ?? []).map(({ slot }) => ({ slot, each }))
  );
  return {
    servers,
    bySlot: new Map(
      [...Map.groupBy(slots, ({ slot }) => slot)].map(([slot, all]) => [slot, all.map(({ each }) => each)]),
    ),
  };
}

/** `server by`, or why it is unknown. */
function joined(
  servers: readonly PublishingServer[],
  { fact = {}, subscriber = SUB, before = null }: {
    readonly fact?: Partial<SubscriptionFact>;
    readonly subscriber?: ServerSnapshot;
    readonly before?: string | null;
  } = {},
): string {
  const { end, unknown } = joinPublisher(
    {
      fact: subscription(fact),
      subscriber,
      before: before === null ? null : { server: before, clusterKey: "pub" },
    },
    among(servers),
  );
  assertEquals(end === null, unknown !== "");
  return end === null ? unknown : `${end.server} ${end.slot === null ? "without slot" : end.by}`;
}

Deno.test("joinPublisher() says by what it joins", () => {
  assertEquals(joined([publisher("pub")]), "pub application_name");
  assertEquals(
    joined([publisher("pub", { sender: { applicationName: "other", clientAddress: "10.0.0.9" } })]),
    "pub address",
  );
  assertEquals(joined([publisher("pub", { sender: { applicationName: "other" } })]), "pub slot");
  assertEquals(joined([publisher("pub", UNREAD)]), "pub slot");
  const withOrigin = {
    ...SUB,
    facts: { ...SUB.facts, origins: [{ subscription: "16403", remotePosition: 1000n }] },
  };
  assertEquals(joined([publisher("pub")], { subscriber: withOrigin }), "pub origin");
  assertEquals(
    joined([publisher("pub", { slot: { confirmedFlushPosition: 999n } })], { subscriber: withOrigin }),
    "pub application_name",
  );
  assertEquals(PUBLISHER_EVIDENCE.length, 4);
});

Deno.test("joinPublisher() knows the subscriber's address as it shows it itself", () => {
  const shown = {
    ...SUB,
    address: { host: "sub.example", hostAddress: "", port: 5432 },
    facts: { ...SUB.facts, settings: [settings({ ownEndpoint: { host: "10.0.0.9", port: 5432 } })] },
  };
  const servers = [publisher("pub", { sender: { applicationName: "other", clientAddress: "10.0.0.9" } })];
  assertEquals(joined(servers, { subscriber: shown }), "pub address");
});

Deno.test("joinPublisher() without a publisher that is watched, or without a slot", () => {
  assertEquals(joined([publisher("pub", { slot: null })]), 'No watched server has its slot "app_sub"');
  assertEquals(
    joined([publisher("pub", { slot: { plugin: "wal2json" } })]),
    'No watched server has its slot "app_sub"',
  );
  assertEquals(joined([publisher("pub")], { fact: { slot: "" } }), "It has no slot (slot_name = NONE)");
});

Deno.test("joinPublisher(): of two slots of a name, the one that is read by it", () => {
  assertEquals(joined([publisher("pub"), publisher("pub2", UNREAD)]), "pub application_name");
  assertEquals(joined([publisher("pub2", UNREAD), publisher("pub")]), "pub application_name");
  // Two pairs of the same names: only the addresses tell them apart.
  const own = publisher("pub", { sender: { clientAddress: "10.0.0.9" } });
  assertEquals(joined([publisher("pub2"), own]), "pub application_name");
  assertEquals(
    joined([publisher("pub"), publisher("pub2")]),
    'Both "pub" and "pub2" have a slot "app_sub", and nothing shows which it reads',
  );
});

Deno.test("joinPublisher(): what was known before counts while neither shows more", () => {
  const [pub, pub2] = [publisher("pub", UNREAD), publisher("pub2", UNREAD)];
  assertStringIncludes(joined([pub, pub2]), "nothing shows which");
  assertEquals(joined([pub, pub2], { before: "pub" }), "pub slot");
  assertEquals(joined([publisher("pub", { slot: null }), pub2], { before: "pub" }), "pub without slot");
  // It was made to read from another publisher.
  assertEquals(joined([pub, publisher("pub2")], { before: "pub" }), "pub2 application_name");
});

Deno.test("joinPublisher(): a synchronized slot on a standby is nobody's, and a former primary has none", () => {
  const standby = publisher("standby", {
    clusterKey: "pub",
    slot: { synced: true },
    sender: null,
    isStandby: true,
  });
  assertEquals(joined([publisher("pub"), standby]), "pub application_name");
  const former = publisher("pub", { isFormer: true });
  const promoted = publisher("standby", { clusterKey: "pub", slot: { synced: true } });
  assertEquals(joined([former, promoted]), "standby application_name");
  assertEquals(joined([former, promoted], { before: "pub" }), "standby application_name");
  // Not synchronized: it is known where it should be.
  assertEquals(
    joined([former, publisher("standby", { clusterKey: "pub", slot: null })], { before: "pub" }),
    "standby without slot",
  );
  assertEquals(joined([former], { before: "pub" }), "pub without slot");
});

Deno.test("joinPublisher(): a publisher that came back as a standby was replaced, unless the slot is its own", () => {
  const promoted = publisher("standby", { clusterKey: "pub", ...UNREAD });
  const rejoined = publisher("pub", { slot: null, sender: null, isStandby: true });
  assertEquals(joined([rejoined, promoted], { before: "pub" }), "standby slot");
  const copied = publisher("pub", { slot: { synced: true }, sender: null, isStandby: true });
  assertEquals(joined([copied, promoted], { before: "pub" }), "standby slot");
  // From 16 on a standby may publish.
  const publishing = publisher("pub", { isStandby: true });
  assertEquals(
    joined([publishing, publisher("standby", { clusterKey: "pub", slot: null })], { before: "pub" }),
    "pub application_name",
  );
});

Deno.test("joinPublisher(): a restored copy of the subscriber is disabled, and does not have the slot of the original", () => {
  const pub = publisher("pub");
  assertEquals(
    joined([pub], { fact: { enabled: false, workerPid: null } }),
    'It is disabled, and something else reads slot "app_sub" on "pub"',
  );
  assertEquals(joined([publisher("pub", UNREAD)], { fact: { enabled: false } }), "pub slot");
  // What was read before it was disabled may be a moment older.
  assertEquals(joined([pub], { fact: { enabled: false }, before: "pub" }), "pub application_name");
  assertEquals(joined([pub], { fact: { enabled: false }, subscriber: lost(SUB) }), "pub application_name");
});

Deno.test("joinPublisher(): chain, both directions, and a subscription to its own server", () => {
  const middle = publisher("sub", {
    slot: { slot: "next" },
    sender: { slot: "next", applicationName: "next" },
  });
  assertEquals(joined([publisher("pub"), middle]), "pub application_name");
  assertEquals(
    joined([publisher("pub"), middle], { fact: { name: "next", slot: "next" } }),
    "sub application_name",
  );
  assertEquals(joined([publisher("sub")]), "sub application_name");
});

Deno.test("originOf() goes by the OID; without one it is unknown", () => {
  const origin = { subscription: "16403", remotePosition: 5n };
  const snapshot = { ...SUB, facts: { ...SUB.facts, origins: [origin] } };
  assertEquals(originOf(subscription(), snapshot), origin);
  assertEquals(originOf(subscription({ oid: null }), snapshot), null);
  assertEquals(originOf(subscription(), SUB), null);
});
