import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { joinSenders } from "../../src/cluster/topology/join_senders.ts";
import type { ConnectionTarget } from "../../src/config/config.ts";
import type { ReceiverFact, SenderFact, ServerFact } from "../../src/domain/facts.ts";
import {
  type Candidate,
  candidatesOf,
  FORGOTTEN_AFTER_SECONDS,
  type JoinedClusters,
  judge,
  reasonToEnd,
  targetOf,
  type WatchedServer,
} from "../../src/scrape/discovery.ts";
import { CLUSTER, lost, neverReached, reached, receiver, sender, server } from "../cluster/fixtures.ts";
import { server as configOf, target } from "../fixtures/targets.ts";

interface Known {
  readonly name: string;
  readonly host: string;
  readonly changes?: Partial<ConnectionTarget>;
  readonly fact?: Partial<ServerFact>;
  readonly senders?: readonly SenderFact[];
  readonly receiver?: Partial<ReceiverFact>;
  readonly isDiscovered?: boolean;
  readonly isLost?: boolean;
}

function watched(
  { name, host, changes, fact, senders, receiver: receives, isDiscovered = false, isLost = false }: Known,
): WatchedServer {
  const config = configOf(name, { host, ...changes });
  const snapshot = {
    ...reached(name, {
      readAt: 100,
      facts: {
        server: [server({ startUnixSeconds: name.length + host.length * 100, ...fact })],
        ...senders === undefined ? {} : { senders },
        ...receives === undefined ? {} : { receiver: [receiver(receives)] },
      },
    }),
    address: { host, hostAddress: config.target.hostAddress, port: config.target.port },
  };
  return { config, isDiscovered, snapshot: isLost ? lost(snapshot) : snapshot };
}

function joined(servers: readonly WatchedServer[]): JoinedClusters {
  const senders = joinSenders(servers.map(({ snapshot }) => snapshot));
  return new Map([[CLUSTER, { systemIdentifier: CLUSTER, senders }]]);
}

const candidates = (servers: readonly WatchedServer[]) => candidatesOf(joined(servers), servers);
const keys = (servers: readonly WatchedServer[]) => candidates(servers).map(({ key }) => key);

const primaryWith = (...senders: SenderFact[]) => watched({ name: "primary", host: "10.0.0.1", senders });
const row = (clientAddress: string, fact: Partial<SenderFact> = {}) => sender({ clientAddress, ...fact });

function onlyCandidate(servers: readonly WatchedServer[]): Candidate {
  const [candidate, ...others] = candidates(servers);
  assert(candidate !== undefined && others.length === 0);
  return candidate;
}

Deno.test("targetOf() takes the row's address and everything else from the upstream", () => {
  const upstream = target({ host: "db1", hostAddress: "10.0.0.1", port: 6432, sslMode: "verify-full" });
  assertEquals(targetOf(row("10.0.0.2"), upstream), { ...upstream, host: "10.0.0.2", hostAddress: "" });
});

Deno.test("candidatesOf() takes standbys that stream from another address", async (t) => {
  const cases: readonly (readonly [string, SenderFact, readonly string[]])[] = [
    ["streaming", row("10.0.0.2"), ["10.0.0.2 5432"]],
    ["catching up", row("10.0.0.2", { state: "catchup" }), ["10.0.0.2 5432"]],
    ["IPv6", row("fd00::2"), ["fd00::2 5432"]],
    ["starting", row("10.0.0.2", { state: "startup" }), []],
    ["state not known", row("10.0.0.2", { state: null }), []],
    ["base backup", row("10.0.0.2", { kind: "backup", state: "backup" }), []],
    ["pg_receivewal", row("10.0.0.2", { kind: "receivewal" }), []],
    ["Unix socket", row(""), []],
    ["the upstream's own address", row("10.0.0.1"), []],
    ["loopback of a host that is not ours", row("127.0.0.1"), []],
    ["IPv6 loopback of a host that is not ours", row("::1"), []],
  ];
  for (const [name, sender, expected] of cases) {
    await t.step(name, () => assertEquals(keys([primaryWith(sender)]), expected));
  }
  await t.step("another loopback address when the upstream is on this host", () => {
    const primary = watched({
      name: "p",
      host: "127.0.0.1",
      senders: [row("127.0.0.1"), row("127.0.0.2", { pid: 2 })],
    });
    assertEquals(keys([primary]), ["127.0.0.2 5432"]);
  });
  await t.step("the port of its upstream, also over a cascade", () => {
    const primary = watched({ name: "p", host: "db1", changes: { port: 7000 } });
    const standby = watched({
      name: "s",
      host: "db2",
      changes: { port: 7001 },
      fact: { inRecovery: true },
      senders: [row("10.0.0.3")],
    });
    assertEquals(candidates([primary, standby]).map(({ key, upstream }) => [key, upstream]), [[
      "10.0.0.3 7001",
      "s",
    ]]);
  });
  await t.step("not where a server is watched, by host or by hostaddr", () => {
    const other = watched({ name: "other", host: "db2", changes: { hostAddress: "10.0.0.2" }, isLost: true });
    assertEquals(keys([primaryWith(row("10.0.0.2")), other]), []);
  });
  await t.step("not what a watched standby accounts for", () => {
    const standby = watched({
      name: "standby",
      host: "db2",
      fact: { inRecovery: true },
      receiver: { slot: "standby" },
    });
    assertEquals(keys([primaryWith(row("10.0.0.2", { slot: "standby" })), standby]), []);
  });
  await t.step("one candidate for two standbys of one address", () => {
    const rows = [
      row("10.0.0.2", { applicationName: "a" }),
      row("10.0.0.2", { applicationName: "b", pid: 2 }),
    ];
    assertEquals(onlyCandidate([primaryWith(...rows)]).rows.map(({ sender }) => sender.applicationName), [
      "a",
      "b",
    ]);
  });
  await t.step("a discovered one that was lost and connects from elsewhere; never a configured one", () => {
    const lostOne = (isDiscovered: boolean) =>
      watched({
        name: "standby",
        host: "10.0.0.2",
        fact: { inRecovery: true },
        isDiscovered,
        isLost: true,
      });
    const primary = primaryWith(row("10.0.0.3", { applicationName: "standby" }));
    const { rows } = onlyCandidate([primary, lostOne(true)]);
    assertEquals(rows.map(({ heldBy }) => heldBy), ["standby"]);
    assertEquals(keys([primary, lostOne(false)]), []);
  });
});

Deno.test("judge() wants proof", async (t) => {
  const primary = primaryWith(row("10.0.0.2", { applicationName: "standby", slot: "standby" }));
  const answer = (fact: Partial<ServerFact>, receives?: Partial<ReceiverFact>) =>
    watched({
      name: "probe",
      host: "10.0.0.2",
      fact: { inRecovery: true, startUnixSeconds: 5, ...fact },
      ...receives === undefined ? {} : { receiver: receives },
    }).snapshot;
  const verdict = (snapshot: WatchedServer["snapshot"], others: readonly WatchedServer[] = []) =>
    judge(onlyCandidate([primary]), snapshot, [primary, ...others]);

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
  await t.step("a watched standby is known, also when it is not reached where it is configured", () => {
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

Deno.test("judge() gives names that tell servers apart", async (t) => {
  const nameOf = (
    rows: readonly SenderFact[],
    { others = [], clusterName = "" }: {
      readonly others?: readonly WatchedServer[];
      readonly clusterName?: string;
    } = {},
  ) => {
    const servers = [primaryWith(...rows), ...others];
    const candidate = candidates(servers).find(({ target: { host } }) => host === rows[0]?.clientAddress);
    assert(candidate !== undefined);
    const snapshot = watched({
      name: "probe",
      host: "x",
      fact: { inRecovery: true, startUnixSeconds: 5, clusterName },
    });
    const verdict = judge(candidate, snapshot.snapshot, servers);
    return verdict.kind === "watch" ? verdict.name : verdict.because;
  };
  const rows = (...names: string[]) =>
    names.map((applicationName, index) => row(`10.0.0.${index + 2}`, { applicationName, pid: index }));
  const cases: readonly (readonly [string, string, string])[] = [
    ["its own", nameOf(rows("db2")), "db2"],
    ["the default", nameOf(rows("walreceiver")), "walreceiver-10.0.0.2"],
    ["none", nameOf(rows("")), "standby-10.0.0.2"],
    ["twins", nameOf(rows("db2", "DB2")), "db2-10.0.0.2"],
    ["one with letters that are not safe", nameOf(rows('-a b"c{}')), "a_b_c__"],
    ["over IPv6", nameOf([row("fd00::2")]), "walreceiver-fd00::2"],
    [
      "a configured one's",
      nameOf([row("10.0.0.2", { applicationName: "db2", slot: "x" })], {
        others: [watched({
          name: "db2",
          host: "10.0.0.3",
          fact: { inRecovery: true },
          receiver: { slot: "y" },
        })],
      }),
      "db2-10.0.0.2",
    ],
    [
      "one of two at its address",
      nameOf([...rows("a"), row("10.0.0.2", { applicationName: "b", pid: 9 })], { clusterName: "b" }),
      "b",
    ],
    [
      "neither of two when it tells none",
      nameOf([...rows("a"), row("10.0.0.2", { applicationName: "b", pid: 9 })]),
      "standby-10.0.0.2",
    ],
  ];
  for (const [name, given, expected] of cases) await t.step(name, () => assertEquals(given, expected));
  await t.step("one that is too long", () => assertEquals(nameOf(rows("a".repeat(64))).length, 63));
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

  await t.step("none while it is reached, also as a primary, for ever", () => {
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
      for (const [index, candidate] of candidates(servers).entries()) {
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
        const verdict = judge(candidate, snapshot, servers);
        assertEquals(verdict.kind, recovers[index] ?? true ? "watch" : "known");
        if (verdict.kind !== "watch") continue;
        assertMatch(verdict.name, /^[\p{L}\p{N}][\p{L}\p{N}_.:-]{0,62}$/u);
        assert(!servers.some(({ config }) => config.name === verdict.name));
        const config = { ...configOf(verdict.name), target: candidate.target };
        const added = { config, isDiscovered: true, snapshot: { ...snapshot, server: verdict.name } };
        // The same answer under any other address is known from now on.
        servers = [...servers, added];
        assertEquals(judge(candidate, snapshot, servers).kind, "known");
      }
    },
  ));
});
