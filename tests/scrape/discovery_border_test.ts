import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FORGOTTEN_AFTER_SECONDS, judgeCandidate, reasonToEnd } from "../../src/scrape/discovery.ts";
import type { WatchedServer } from "../../src/scrape/discovery_places.ts";
import { CLUSTER, sender } from "../cluster/fixtures.ts";
import { candidatesOf, joined, type Known, watched } from "./watched_servers.ts";

Deno.test("discovery keeps to the border between named clusters of one system identifier", async (t) => {
  const fact = { inRecovery: true, startUnixSeconds: 5 };
  const rows = [sender({ clientAddress: "10.0.0.9", applicationName: "walreceiver", slot: "" })];
  const prod = watched({ name: "prod1", host: "10.0.0.1", senders: rows, cluster: "prod" });
  const staging = watched({
    name: "stage1",
    host: "10.0.1.1",
    fact: { timeline: 2, startUnixSeconds: 2 },
    senders: rows,
    cluster: "staging",
  });
  const both = [prod, staging];
  const candidateOf = (cluster: string) => {
    const candidate = candidatesOf(both).find((each) => each.cluster === cluster);
    assert(candidate !== undefined);
    return candidate;
  };
  const answer = (senderHost: string) =>
    watched({ name: "probe", host: "10.0.0.9", fact, receiver: { slot: "", senderHost } }).snapshot;

  await t.step("one address in both is a candidate of each, with the rows of its own cluster", () => {
    assertEquals(candidatesOf(both).map(({ cluster, seenBy, rows }) => [cluster, seenBy, rows.length]), [
      ["prod", "prod1", 1],
      ["staging", "stage1", 1],
    ]);
    assertEquals(new Set(candidatesOf(both).map(({ key }) => key)).size, 2);
  });
  await t.step("a standby belongs to the cluster of the sender that its receiver names", () => {
    const kinds = (senderHost: string) =>
      ["prod", "staging"].map((cluster) =>
        judgeCandidate(candidateOf(cluster), answer(senderHost), both).kind
      );
    assertEquals(kinds("10.0.0.1"), ["watch", "refused"]);
    assertEquals(kinds("10.0.1.1"), ["refused", "watch"]);
    assertEquals(kinds("vip.example.com"), ["watch", "watch"], "nothing shows where it belongs");
  });
  await t.step("a watched server of the other cluster is not watched twice", () => {
    const stage2 = watched({ name: "stage2", host: "10.0.1.2", fact, cluster: "staging" });
    assertEquals(judgeCandidate(candidateOf("prod"), answer("10.0.0.1"), [...both, stage2]), {
      kind: "known",
      because: 'It is server "stage2"',
    });
  });
  const discovered = (changes: Partial<Known>) => ({
    ...watched({ name: "walreceiver-10.0.0.9", host: "10.0.0.9", fact, isDiscovered: true, ...changes }),
    systemIdentifier: CLUSTER,
  });
  const reason = (it: ReturnType<typeof discovered>, others: readonly WatchedServer[], now = 100) =>
    reasonToEnd(it, { clusters: joined([...others, it]), watched: [...others, it], now });
  await t.step("one that streams from the other cluster now is no longer watched", () => {
    const streams = (senderHost: string) =>
      reason(discovered({ cluster: "prod", receiver: { slot: "", senderHost } }), both);
    assertEquals(streams("10.0.0.1"), null);
    assertEquals(streams("10.0.1.1"), 'It streams from server "stage1" of another cluster');
  });
  await t.step("one that is gone is kept while only the other cluster reports its senders", () => {
    const gone = discovered({ cluster: "prod", isLost: true });
    const later = 101 + FORGOTTEN_AFTER_SECONDS;
    const prodLost = watched({ name: "prod1", host: "10.0.0.1", senders: [], cluster: "prod", isLost: true });
    const prodUp = watched({ name: "prod1", host: "10.0.0.1", senders: [], cluster: "prod" });
    assertEquals(reason(gone, [prodLost, staging], later), null);
    assertStringIncludes(reason(gone, [prodUp, staging], later) ?? "", "a day");
  });
});
