import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import type { ReceiverFact, SenderFact, ServerFact } from "../../src/domain/facts.ts";
import { FORGOTTEN_AFTER_SECONDS, judgeCandidate, reasonToEnd } from "../../src/scrape/discovery.ts";
import type { Candidate, WatchedServer } from "../../src/scrape/discovery_places.ts";
import { CLUSTER, lost, neverReached, sender, server } from "../cluster/fixtures.ts";
import { server as configOf } from "../fixtures/targets.ts";
import { candidatesOf, joined, type Known, watched } from "./watched_servers.ts";

const primaryWith = (...senders: SenderFact[]) => watched({ name: "primary", host: "10.0.0.1", senders });
const row = (clientAddress: string, fact: Partial<SenderFact> = {}) => sender({ clientAddress, ...fact });

function onlyCandidate(servers: readonly WatchedServer[]): Candidate {
  const [candidate, ...others] = candidatesOf(servers);
  assert(candidate !== undefined && others.length === 0);
  return candidate;
}

Deno.test("judgeCandidate() wants proof", async (t) => {
  const primary = primaryWith(row("10.0.0.2", { applicationName: "standby", slot: "standby" }));
  const answer = (fact: Partial<ServerFact>, receives?: Partial<ReceiverFact>) =>
    watched({
      name: "probe",
      host: "10.0.0.2",
      fact: { inRecovery: true, startUnixSeconds: 5, ...fact },
      ...receives === undefined ? {} : { receiver: receives },
    }).snapshot;
  const verdict = (snapshot: WatchedServer["snapshot"], others: readonly WatchedServer[] = []) =>
    judgeCandidate(onlyCandidate([primary]), snapshot, [primary, ...others]);

  await t.step("a standby of the cluster is watched under its application name", () => {
    assertEquals(verdict(answer({})), { kind: "watch", name: "standby" });
    assertEquals(verdict(answer({}, { slot: "standby" })), { kind: "watch", name: "standby" });
    assertEquals(verdict(answer({}, { slot: "other", status: "starting" })).kind, "watch");
  });
  await t.step("the primary itself, under another address, is known", () => {
    const { startUnixSeconds } = primary.snapshot.facts.server?.[0] ?? server();
    assertEquals(verdict(answer({ inRecovery: false, startUnixSeconds })), {
      kind: "known",
      because: 'It is server "primary"',
    });
  });
  await t.step("another server that is not in recovery is no standby", () => {
    assertEquals(verdict(answer({ inRecovery: false })).kind, "known");
  });
  await t.step("a watched standby is known, also when it is unreachable where it is configured", () => {
    for (const isLost of [false, true]) {
      const other = watched({
        name: "db2",
        host: "db2",
        fact: { inRecovery: true, startUnixSeconds: 5 },
        isLost,
      });
      assertEquals(verdict(answer({}), [other]).kind, "known");
    }
  });
  await t.step("a discovered one that answers at another address keeps its name", () => {
    const old = { host: "10.0.0.9", fact: { inRecovery: true, startUnixSeconds: 5 }, isDiscovered: true };
    assertEquals(verdict(answer({}), [watched({ name: "old", ...old, isLost: true })]), {
      kind: "watch",
      name: "old",
    });
    assertEquals(verdict(answer({}), [watched({ name: "old", ...old })]).kind, "known");
  });
  await t.step("another cluster, another slot, and silence are refused with a reason", () => {
    const refusals = [
      verdict(answer({ systemIdentifier: "42" })),
      verdict(answer({ systemIdentifier: null })),
      verdict(answer({}, { slot: "another" })),
      verdict(neverReached("probe")),
      verdict(lost(answer({}))),
    ];
    assertEquals(refusals.map(({ kind }) => kind), Array(5).fill("refused"));
    const reasons = refusals.map((each) => each.kind === "refused" ? each.because : "");
    for (
      const [index, word] of [
        "another cluster",
        "GRANT",
        "another slot",
        "Nothing answers",
        "Nothing answers",
      ]
        .entries()
    ) {
      assertStringIncludes(reasons[index] ?? "", word);
    }
  });
});

Deno.test("judgeCandidate() takes the upstream of a standby, whatever its role", () => {
  const standby = watched({
    name: "a",
    host: "10.0.0.1",
    fact: { inRecovery: true },
    receiver: { senderHost: "10.0.0.2", senderPort: 5432 },
  });
  const answer = (fact: Partial<ServerFact>) =>
    watched({ name: "probe", host: "10.0.0.2", fact: { startUnixSeconds: 5, clusterName: "b", ...fact } })
      .snapshot;
  const verdict = (fact: Partial<ServerFact>) =>
    judgeCandidate(onlyCandidate([standby]), answer(fact), [standby]);
  assertEquals(verdict({}), { kind: "watch", name: "b" });
  assertEquals(verdict({ inRecovery: true }), { kind: "watch", name: "b" });
  assertEquals(verdict({ systemIdentifier: "42" }).kind, "refused");
  const { startUnixSeconds } = standby.snapshot.facts.server?.[0] ?? server();
  assertEquals(verdict({ startUnixSeconds }), { kind: "known", because: 'It is server "a"' });
});

Deno.test("reasonToEnd() ends a discovered watch only for a good reason", async (t) => {
  const fact = { inRecovery: true, startUnixSeconds: 5 };
  const found = (changes: Partial<Known> = {}) => ({
    ...watched({ name: "standby", host: "10.0.0.2", fact, isDiscovered: true, ...changes }),
    systemIdentifier: CLUSTER,
  });
  const reason = (
    it: ReturnType<typeof found>,
    { now = 100, primary = primaryWith(), others = [] }: {
      readonly now?: number;
      readonly primary?: WatchedServer;
      readonly others?: readonly WatchedServer[];
    } = {},
  ) => {
    const all = [primary, ...others, it];
    return reasonToEnd(it, { clusters: joined(all), watched: all, now });
  };
  const later = { now: 101 + FORGOTTEN_AFTER_SECONDS };

  await t.step("none while it is reachable, also as a primary, for ever", () => {
    assertEquals(reason(found(), later), null);
    assertEquals(reason(found({ fact: { startUnixSeconds: 5 } }), later), null);
  });
  await t.step("none for a day without it", () => {
    assertEquals(reason(found({ isLost: true }), { now: 100 + FORGOTTEN_AFTER_SECONDS }), null);
  });
  await t.step("after a day, unless an upstream has its row or none can tell", () => {
    assertStringIncludes(reason(found({ isLost: true }), later) ?? "", "a day");
    const primary = primaryWith(row("10.0.0.2", { applicationName: "standby" }));
    assertEquals(reason(found({ isLost: true }), { ...later, primary }), null);
    const silent = watched({ name: "primary", host: "10.0.0.1", senders: [], isLost: true });
    assertEquals(reason(found({ isLost: true }), { ...later, primary: silent }), null);
  });
  await t.step("another cluster's server in its place", () => {
    assertStringIncludes(reason(found({ fact: { ...fact, systemIdentifier: "42" } })) ?? "", "another");
  });
  await t.step("a server that is watched, and of two discovered ones the later", () => {
    const same = watched({ name: "db2", host: "db2", fact });
    assertStringIncludes(reason(found(), { others: [same] }) ?? "", '"db2"');
    const it = found();
    const all = [primaryWith(), it, watched({ name: "later", host: "y", fact, isDiscovered: true })];
    assertEquals(reasonToEnd(it, { clusters: joined(all), watched: all, now: 100 }), null);
  });
});

Deno.test("whatever rows there are, candidates are new addresses and names are unique and safe", () => {
  const hosts = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "127.0.0.1", ""];
  const rowArbitrary = fc.record({
    clientAddress: fc.constantFrom(...hosts),
    applicationName: fc.oneof(
      fc.constantFrom("walreceiver", "primary", "db2", "DB2", ""),
      fc.string({ maxLength: 70 }),
    ),
    slot: fc.constantFrom("", "", "db2", "x"),
    state: fc.constantFrom("streaming", "catchup", "startup", null),
    kind: fc.constantFrom("standby" as const, "standby" as const, "receivewal" as const),
  });
  fc.assert(fc.property(
    fc.array(rowArbitrary, { maxLength: 10 }),
    fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }),
    fc.boolean(),
    (facts, recovers, isLost) => {
      const senders = facts.map((fact, pid) => sender({ ...fact, pid }));
      let servers = [
        primaryWith(...senders),
        watched({ name: "db2", host: "db2", fact: { inRecovery: true }, isLost }),
      ];
      for (const [index, candidate] of candidatesOf(servers).entries()) {
        assert(!servers.some(({ config }) => config.target.host === candidate.target.host));
        assert(
          candidate.rows.every(({ sender }) =>
            sender.kind === "standby" && sender.clientAddress === candidate.target.host
          ),
        );
        const { snapshot } = watched({
          name: "probe",
          host: candidate.target.host,
          fact: { inRecovery: recovers[index] ?? true, startUnixSeconds: index },
        });
        const verdict = judgeCandidate(candidate, snapshot, servers);
        assertEquals(verdict.kind, recovers[index] ?? true ? "watch" : "known");
        if (verdict.kind !== "watch") continue;
        assertMatch(verdict.name, /^[\p{L}\p{N}][\p{L}\p{N}_.:-]{0,62}$/u);
        assert(!servers.some(({ config }) => config.name === verdict.name));
        const config = { ...configOf(verdict.name), target: candidate.target };
        const added = { config, isDiscovered: true, snapshot: { ...snapshot, server: verdict.name } };
        // The same answer under any other address is known from now on.
        servers = [...servers, added];
        assertEquals(judgeCandidate(candidate, snapshot, servers).kind, "known");
      }
    },
  ));
});
