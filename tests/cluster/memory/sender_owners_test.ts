import { assertEquals } from "@std/assert";
import { joinSenders } from "../../../src/cluster/topology/join_senders.ts";
import { SenderOwners } from "../../../src/cluster/memory/sender_owners.ts";
import type { SenderFact } from "../../../src/domain/facts.ts";
import { lost, reached, receiver, sender, server } from "../fixtures.ts";

const standby = reached("a", {
  readAt: 0,
  facts: { server: [server({ inRecovery: true })], receiver: [receiver()] },
});
const silent = { ...standby, facts: { ...standby.facts, receiver: [] } };
const primaryWith = (...senders: readonly SenderFact[]) =>
  reached("primary", { readAt: 0, facts: { server: [server()], senders } });
const own = sender({ applicationName: "a", backendStartUnixSeconds: 1 });

/** Whom the connection belongs to after these collections. */
function ownerAfter(...groups: readonly ReturnType<typeof primaryWith>[][]): string | null {
  const owners = new SenderOwners();
  for (const group of groups) owners.observe(joinSenders(group, owners), group);
  return owners.ownerOf({ upstream: primaryWith(own), sender: own })?.server ?? null;
}

Deno.test("SenderOwners remembers what the standby's receiver confirms, and nothing else", () => {
  assertEquals(ownerAfter([primaryWith(own), standby]), "a");
  assertEquals(ownerAfter([primaryWith(own), silent]), null);
  assertEquals(ownerAfter([primaryWith(own), lost(standby)]), null);
});

Deno.test("SenderOwners keeps a connection until a server reports its end", () => {
  const joined = [primaryWith(own), standby];
  assertEquals(ownerAfter(joined, [primaryWith(own), lost(standby)]), "a");
  assertEquals(ownerAfter(joined, [lost(primaryWith(own)), standby]), "a");
  assertEquals(ownerAfter(joined, [primaryWith(), standby]), null);
  assertEquals(ownerAfter(joined, [primaryWith({ ...own, backendStartUnixSeconds: 2 }), standby]), null);
});
