import { assert, assertEquals } from "@std/assert";
import { DEFAULT_LIBPQ_SETTINGS } from "../../src/config/libpq_settings.ts";
import type { ReceiverFact, SenderFact } from "../../src/domain/facts.ts";
import { type Candidate, placesOf, targetAt, type WatchedServer } from "../../src/scrape/discovery_places.ts";
import { sender } from "../cluster/fixtures.ts";
import { target } from "../fixtures/targets.ts";
import { candidatesOf, joined, watched } from "./watched_servers.ts";

const addressOf = ({ target: { host, port } }: Candidate) => `${host} ${port}`;
const keys = (servers: readonly WatchedServer[], ports: readonly number[] = []) =>
  candidatesOf(servers, ports).map(addressOf);
const primaryWith = (...senders: SenderFact[]) => watched({ name: "primary", host: "10.0.0.1", senders });
const row = (clientAddress: string, fact: Partial<SenderFact> = {}) => sender({ clientAddress, ...fact });

function onlyCandidate(servers: readonly WatchedServer[]): Candidate {
  const [candidate, ...others] = candidatesOf(servers);
  assert(candidate !== undefined && others.length === 0);
  return candidate;
}

Deno.test("targetAt() takes everything but host and port from the server that led there", () => {
  const upstream = target({ host: "db1", hostAddress: "10.0.0.1", port: 6432, sslMode: "verify-full" });
  assertEquals(targetAt(upstream, { host: "10.0.0.2", port: 5432 }), {
    ...upstream,
    host: "10.0.0.2",
    hostAddress: "",
    port: 5432,
  });
});

Deno.test("placesOf() takes standbys that stream from another address", async (t) => {
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
    assertEquals(candidatesOf([primary, standby]).map((each) => [addressOf(each), each.seenBy]), [
      ["10.0.0.3 7001", "s"],
      ["10.0.0.3 7000", "s"],
    ], "then that of another server of the cluster");
  });
  await t.step("where the session leads, with several hosts", () => {
    const otherHosts = [{ host: "10.0.0.1", hostAddress: "", port: 7000 }];
    const libpq = { ...DEFAULT_LIBPQ_SETTINGS, otherHosts, sessionAttributes: "primary" as const };
    const named = watched({
      name: "p",
      host: "10.0.0.2",
      changes: { libpq },
      senders: [row("10.0.0.2"), row("127.0.0.1", { pid: 2 })],
    });
    const [address] = otherHosts;
    const primary = {
      ...named,
      snapshot: { ...named.snapshot, ...address === undefined ? {} : { address } },
    };
    assertEquals(keys([primary], [7001]), [
      "10.0.0.2 7000",
      "10.0.0.2 7001",
      "10.0.0.1 7001",
    ], "the first host is not watched");
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

Deno.test("placesOf() tries the ports that are known, and no others", async (t) => {
  const ports = (servers: readonly WatchedServer[], named: readonly number[] = []) =>
    placesOf(joined(servers), servers, named).map((
      { host, targets },
    ) => [host, targets.map(({ port }) => port)]);
  await t.step("on one host none, until they are named", () => {
    const primary = primaryWith(row("10.0.0.1"), row("10.0.0.1", { pid: 2 }));
    assertEquals(ports([primary]), [["10.0.0.1", []]]);
    assertEquals(ports([primary], [5432, 5433, 5434]), [["10.0.0.1", [5433, 5434]]]);
  });
  await t.step("those of other servers of the cluster and of their upstreams, not of another cluster", () => {
    const standby = watched({
      name: "s",
      host: "10.0.0.2",
      changes: { port: 5433 },
      fact: { inRecovery: true },
      receiver: { senderHost: "10.0.0.1", senderPort: 6432, slot: "s" },
    });
    const other = watched({
      name: "other",
      host: "10.0.9.1",
      changes: { port: 7777 },
      fact: { systemIdentifier: "42" },
    });
    const named = row("10.0.0.3", { applicationName: "c" });
    const own = row("10.0.0.2", { slot: "s", pid: 2 });
    assertEquals(ports([primaryWith(named, own), standby, other]), [
      ["10.0.0.1", [6432]],
      ["10.0.0.3", [5432, 5433, 6432]],
    ]);
  });
  await t.step("a loopback address or a socket is on the host of the upstream", () => {
    for (const seen of ["127.0.0.1", "::1", ""]) {
      assertEquals(ports([primaryWith(row(seen))], [5433]), [["10.0.0.1", [5433]]]);
    }
    const local = watched({ name: "p", host: "/run/postgresql", senders: [row("")] });
    assertEquals(ports([local], [5433]), [["/run/postgresql", [5433]]]);
  });
});

Deno.test("placesOf() goes where the receiver of a standby gets its WAL", async (t) => {
  const standby = (host: string, receives: Partial<ReceiverFact>, hostAddress = "") =>
    watched({
      name: "s",
      host,
      changes: { hostAddress, port: 5433 },
      fact: { inRecovery: true },
      receiver: { senderPort: 5432, ...receives },
    });
  const cases: readonly (readonly [string, WatchedServer, readonly string[]])[] = [
    ["a name", standby("db2", { senderHost: "db1.example.com" }), ["db1.example.com 5432"]],
    ["an address", standby("db2", { senderHost: "fd00::1" }), ["fd00::1 5432"]],
    ["its own host, over loopback", standby("db2", { senderHost: "127.0.0.1" }), ["db2 5432"]],
    ["its own host, over a socket", standby("db2", { senderHost: "/run/postgresql" }), ["db2 5432"]],
    ["loopback from here", standby("localhost", { senderHost: "127.0.0.2" }), ["127.0.0.2 5432"]],
    ["a socket, itself over loopback", standby("127.0.0.1", { senderHost: "/tmp" }), ["127.0.0.1 5432"]],
    ["a socket, itself over one", standby("/tmp", { senderHost: "/run" }), ["/tmp 5432"]],
    ["nobody", standby("db2", { senderHost: "", senderPort: null }), []],
    ["itself", standby("db2", { senderHost: "db2", senderPort: 5433 }), []],
  ];
  for (const [title, server, expected] of cases) {
    await t.step(title, () => assertEquals(keys([server]), expected));
  }
  await t.step("its own host keeps its address", () => {
    const { target } = onlyCandidate([standby("db2", { senderHost: "localhost" }, "10.0.0.2")]);
    assertEquals([target.host, target.hostAddress, target.port], ["db2", "10.0.0.2", 5432]);
  });
  await t.step("not where a server is watched", () => {
    const upstream = watched({ name: "p", host: "db1", changes: { hostAddress: "10.0.0.1" } });
    for (const senderHost of ["db1", "10.0.0.1"]) {
      assertEquals(keys([upstream, standby("db2", { senderHost })]), []);
    }
  });
  await t.step("once for two standbys", () => {
    const one = standby("db2", { senderHost: "db1" });
    const two = watched({
      name: "t",
      host: "db3",
      fact: { inRecovery: true },
      receiver: { senderHost: "db1", senderPort: 5432 },
    });
    assertEquals(candidatesOf([one, two]).map(({ isUpstream, seenBy }) => [isUpstream, seenBy]), [[
      true,
      "s",
    ]]);
  });
});
