import { assertEquals } from "@std/assert";
import { deriveTopology } from "../../../src/cluster/topology/cluster_topology.ts";
import { deriveSignsOfLife } from "../../../src/cluster/topology/signs_of_life.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { lost, reached, receiver, sender, server } from "../fixtures.ts";

const NO_OWNERS = { ownerOf: () => null, wasAccounted: () => false };

function signsOf(...servers: readonly ServerSnapshot[]): Readonly<Record<string, number>> {
  const distinct = { servers, aliases: new Map(), aliasSnapshots: [] };
  return Object.fromEntries(deriveSignsOfLife(deriveTopology(distinct, NO_OWNERS)));
}

const standby = reached("s", {
  readAt: 90,
  facts: {
    server: [server({ inRecovery: true })],
    receiver: [receiver({ senderHost: "p", lastMessageAgeSeconds: 2 })],
  },
});

Deno.test("deriveSignsOfLife(): a standby by its row: its latest reply, or its connection", () => {
  const upstreamWith = (fact: Parameters<typeof sender>[0]) =>
    reached("p", {
      readAt: 100,
      facts: {
        server: [server({ clockUnixSeconds: 1000 })],
        senders: [sender({ applicationName: "s", ...fact })],
      },
    });
  assertEquals(signsOf(upstreamWith({ replyAgeSeconds: 3 }), lost(standby)), { s: 97 });
  const connected = { replyAgeSeconds: null, backendStartUnixSeconds: 999 };
  assertEquals(signsOf(upstreamWith(connected), lost(standby)), { s: 99 });
  assertEquals(signsOf(lost(upstreamWith(connected)), lost(standby)), {}, "not by a row as last read");
});

Deno.test("deriveSignsOfLife(): an upstream by the latest message that a standby received from it", () => {
  const primary = { ...reached("p", { readAt: 80, facts: { server: [server()], senders: [] } }) };
  const address = { host: "p", hostAddress: "", port: 5432 };
  assertEquals(signsOf(lost({ ...primary, address }), standby), { p: 88 });
});
