import { assert, assertEquals } from "@std/assert";
import type { SenderFact, ServerFact, SettingsFact } from "../../src/domain/facts.ts";
import { judgeCandidate } from "../../src/scrape/discovery.ts";
import type { WatchedServer } from "../../src/scrape/discovery_places.ts";
import { sender } from "../cluster/fixtures.ts";
import { candidatesOf, watched } from "./watched_servers.ts";

const primaryWith = (...senders: SenderFact[]) => watched({ name: "primary", host: "10.0.0.1", senders });
const row = (clientAddress: string, fact: Partial<SenderFact> = {}) => sender({ clientAddress, ...fact });

Deno.test("discovered standbys have names that tell servers apart", async (t) => {
  const nameOf = (
    rows: readonly SenderFact[],
    { others = [], clusterName = "" }: {
      readonly others?: readonly WatchedServer[];
      readonly clusterName?: string;
    } = {},
  ) => {
    const servers = [primaryWith(...rows), ...others];
    const candidate = candidatesOf(servers).find(({ target: { host } }) => host === rows[0]?.clientAddress);
    assert(candidate !== undefined);
    const snapshot = watched({
      name: "probe",
      host: "x",
      fact: { inRecovery: true, startUnixSeconds: 5, clusterName },
    });
    const verdict = judgeCandidate(candidate, snapshot.snapshot, servers);
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

/** The name of the server at 10.0.0.2, or where its upstream's receiver found it. */
function nameOf(
  servers: readonly WatchedServer[],
  { fact = {}, settings }: {
    readonly fact?: Partial<ServerFact>;
    readonly settings?: Partial<SettingsFact>;
  },
): string {
  const candidate = candidatesOf(servers).find(({ target: { host } }) => host !== "10.0.0.1");
  assert(candidate !== undefined);
  const { snapshot } = watched({
    name: "probe",
    host: "x",
    fact: { startUnixSeconds: 5, ...fact },
    ...settings === undefined ? {} : { settings },
  });
  const verdict = judgeCandidate(candidate, snapshot, servers);
  return verdict.kind === "watch" ? verdict.name : verdict.because;
}

Deno.test("a discovered server has one name, found as a standby and as a primary", async (t) => {
  const cases: readonly {
    readonly title: string;
    readonly applicationName: string;
    readonly named?: string;
    readonly clusterName?: string;
    readonly others?: string;
    readonly port?: number;
    readonly expected: string;
  }[] = [
    { title: "application_name", applicationName: "db2", named: "db2", clusterName: "main", expected: "db2" },
    { title: "cluster_name of its own", applicationName: "db2", clusterName: "db2", expected: "db2" },
    {
      title: "cluster_name of all",
      applicationName: "15/main",
      clusterName: "15/main",
      others: "15/main",
      expected: "15_main-10.0.0.2",
    },
    { title: "no name", applicationName: "walreceiver", expected: "walreceiver-10.0.0.2" },
    {
      title: "no name, another port",
      applicationName: "walreceiver",
      port: 5433,
      expected: "walreceiver-10.0.0.2-5433",
    },
  ];
  for (
    const { title, applicationName, named, clusterName = "", others = "", port = 5432, expected } of cases
  ) {
    const settings = {
      ownEndpoint: { host: "10.0.0.2", port },
      ...named === undefined ? {} : { standbyName: named },
    };
    const about = (inRecovery: boolean) => ({ fact: { inRecovery, clusterName }, settings });
    const primary = watched({
      name: "a",
      host: "10.0.0.1",
      fact: { clusterName: others },
      senders: [row("10.0.0.2", { applicationName })],
    });
    const standby = watched({
      name: "a",
      host: "10.0.0.1",
      fact: { inRecovery: true, clusterName: others },
      receiver: { senderHost: "db2.example.com", senderPort: port },
    });
    if (port === 5432) {
      await t.step(`${title}, as a standby`, () => assertEquals(nameOf([primary], about(true)), expected));
    }
    await t.step(`${title}, as a primary`, () => assertEquals(nameOf([standby], about(false)), expected));
  }
  await t.step("one that moved, found as the upstream", () => {
    const standby = watched({
      name: "a",
      host: "10.0.0.1",
      fact: { inRecovery: true },
      receiver: { senderHost: "10.0.0.7", senderPort: 5432 },
    });
    const old = watched({
      name: "db2",
      host: "10.0.0.2",
      fact: { clusterName: "db2", startUnixSeconds: 4 },
      isDiscovered: true,
      isLost: true,
    });
    const about = { fact: { clusterName: "db2" } };
    assertEquals(nameOf([standby, old], about), "db2");
    assertEquals(nameOf([standby, { ...old, isDiscovered: false }], about), "db2-10.0.0.7");
  });
});

Deno.test("a discovered server keeps the name it had before a restart of the exporter", () => {
  const standby = watched({
    name: "a",
    host: "10.0.0.1",
    fact: { inRecovery: true },
    receiver: { senderHost: "10.0.0.2", senderPort: 5432 },
  });
  const named = (savedName: string, clusterName: string) => {
    const [candidate] = candidatesOf([standby]);
    assert(candidate !== undefined);
    const { snapshot } = watched({ name: "probe", host: "x", fact: { startUnixSeconds: 5, clusterName } });
    const verdict = judgeCandidate({ ...candidate, savedName }, snapshot, [standby]);
    return verdict.kind === "watch" ? verdict.name : verdict.because;
  };
  assertEquals(named("db2", ""), "db2");
  assertEquals(named("walreceiver-10.0.0.2", "db2"), "walreceiver-10.0.0.2");
  assertEquals(named("db3", "db2"), "db2", "another server has the address of db3");
  assertEquals(named("a", ""), "walreceiver-10.0.0.2", "a name that is taken");
});
