import { assert, assertEquals } from "@std/assert";
import { joinSenders } from "../../src/cluster/topology/join_senders.ts";
import type { Facts, SenderFact } from "../../src/domain/facts.ts";
import type { Logger } from "../../src/domain/log.ts";
import {
  MOST_DISCOVERED,
  StandbyDiscovery,
  type StandbyDiscoveryOptions,
} from "../../src/scrape/standby_discovery.ts";
import { WatchList } from "../../src/scrape/watch_list.ts";
import { CLUSTER, receiver, sender, server as fact, settings } from "../cluster/fixtures.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";
import { server } from "../fixtures/targets.ts";
import { FakeWatch } from "./fake_watch.ts";

const PRIMARY = "10.0.0.1";

/** A primary at 10.0.0.1 and whatever a test puts at other addresses. */
async function scene(
  options: Partial<Pick<StandbyDiscoveryOptions<FakeWatch>, "wants" | "ports" | "stateFile">> = {},
) {
  const clock = new FakeClock();
  const hosts = new Map<string, Facts>();
  const rows: SenderFact[] = [];
  const lines: string[] = [];
  const asked: string[] = [];
  /** How many addresses were waited for at once, each time that nothing responded. */
  const waits: number[] = [];
  let waiting = 0;
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message.split(";")[0]}`);
  const logger: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  const nothing = async () => {
    if (waiting++ === 0) waits.push(0);
    waits.push((waits.pop() ?? 0) + 1);
    await new Promise((resolve) => setTimeout(resolve));
    waiting--;
    return null;
  };
  const list = new WatchList<FakeWatch>({
    servers: [server("primary", { host: PRIMARY })],
    clock,
    open: (config, onSnapshot) => {
      const { port } = config.target;
      const host = port === 5432 ? config.target.host : `${config.target.host} ${port}`;
      const read = () => {
        asked.push(host);
        return hosts.get(host) ?? nothing();
      };
      return new FakeWatch(config, { read, onSnapshot });
    },
    onSnapshot: () => {},
    onAdded: () => {},
    onRemoved: () => {},
  });
  const senders = () =>
    new Map([[CLUSTER, {
      systemIdentifier: CLUSTER,
      servers: list.snapshots,
      senders: joinSenders(list.snapshots),
    }]]);
  const discovery = new StandbyDiscovery({ list, senders, clock, logger, ...options });
  hosts.set(PRIMARY, { server: [fact({ startUnixSeconds: 1 })], senders: rows });
  let started = 1;
  const it = {
    clock,
    hosts,
    rows,
    lines,
    asked,
    waits,
    list,
    /** A standby that streams from an address, whether or not it can be reached there. */
    standby(host: string, { name = `db-${host}`, isReached = true } = {}) {
      rows.push(sender({ clientAddress: host, applicationName: name, pid: rows.length }));
      if (isReached) it.place(host);
    },
    place(host: string) {
      hosts.set(host, { server: [fact({ inRecovery: true, startUnixSeconds: ++started })] });
    },
    unwatched: () =>
      discovery.unwatched.map(({ host, ports, because }) =>
        `${host} port ${ports.join()}: ${because.split(":")[0]}`
      ),
    names: () => list.entries.map(({ config }) => config.name),
    async step() {
      for (const watch of list.watches) await watch.collect();
      asked.length = 0;
      await discovery.step();
    },
    [Symbol.asyncDispose]: () => list.close(AbortSignal.abort()),
  };
  await it.step();
  return it;
}

Deno.test("a standby is watched as it appears, and asked no more than needed", async () => {
  await using it = await scene();
  assertEquals(it.names(), ["primary"]);
  it.standby("10.0.0.2");
  await it.step();
  assertEquals(it.names(), ["primary", "db-10.0.0.2"]);
  assertEquals(it.lines, ["info Discovered a standby"]);
  await it.step();
  assertEquals(it.asked, []);
});

Deno.test("what cannot be watched is logged once and retried after a minute, two, up to an hour", async () => {
  await using it = await scene();
  it.standby("10.0.0.2", { isReached: false });
  const tries: number[] = [];
  const startedAt = it.clock.monotonic();
  for (let seconds = 0; seconds < 5 * 3600; seconds += 30) {
    await it.step();
    if (it.asked.includes("10.0.0.2")) tries.push(it.clock.monotonic() - startedAt);
    await it.clock.advance(30);
  }
  const waits = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
  assertEquals(waits.slice(0, 8), [60, 120, 240, 480, 960, 1920, 3600, 3600]);
  const told = it.lines.filter((line) => line.startsWith("info"));
  assertEquals(told, ["info Cannot watch a discovered standby"]);
  it.place("10.0.0.2");
  await it.clock.advance(3600);
  await it.step();
  assertEquals(it.names(), ["primary", "db-10.0.0.2"]);
});

Deno.test("an address that leads to a watched server is not where the standby listens", async () => {
  await using it = await scene();
  it.standby("10.0.0.2", { isReached: false });
  it.hosts.set("10.0.0.2", it.hosts.get(PRIMARY) ?? {});
  await it.step();
  assertEquals(it.names(), ["primary"]);
  assertEquals(it.lines, [
    "debug Not watching the server at an address",
    "info Cannot watch a discovered standby",
  ]);
  assertEquals(it.unwatched(), ["10.0.0.2 port 5432: Its port is unknown"]);
});

Deno.test("two addresses of one standby are watched once", async () => {
  await using it = await scene();
  it.standby("10.0.0.2", { name: "a" });
  it.standby("10.0.0.3", { name: "b", isReached: false });
  it.hosts.set("10.0.0.3", it.hosts.get("10.0.0.2") ?? {});
  await it.step();
  assertEquals(it.names(), ["primary", "a"]);
});

Deno.test("a standby that was lost stays; at another address it takes its place again", async () => {
  await using it = await scene();
  it.standby("10.0.0.2", { name: "a" });
  await it.step();
  it.hosts.delete("10.0.0.2");
  it.rows.length = 0;
  await it.step();
  assertEquals([it.names(), it.list.snapshots[1]?.up], [["primary", "a"], false]);
  it.standby("10.0.0.7", { name: "a" });
  await it.step();
  assertEquals([it.names(), it.list.snapshots[1]?.up], [["primary", "a"], true]);
  assertEquals(it.list.entries[1]?.config.target.host, "10.0.0.7");
});

Deno.test("it is dropped when a server of another cluster answers, and after a day without it", async () => {
  await using it = await scene();
  for (const host of ["10.0.0.2", "10.0.0.3"]) it.standby(host);
  await it.step();
  assertEquals(it.names().length, 3);
  it.hosts.set("10.0.0.2", { server: [fact({ systemIdentifier: "42" })] });
  it.hosts.delete("10.0.0.3");
  it.rows.length = 0;
  await it.step();
  assertEquals(it.names(), ["primary", "db-10.0.0.3"]);
  await it.clock.advance(24 * 3600 + 1);
  await it.step();
  assertEquals(it.names(), ["primary"]);
  assertEquals(it.lines.filter((line) => line.startsWith("info No longer")).length, 2);
});

Deno.test(`${MOST_DISCOVERED} are watched at most, and that is said once`, async () => {
  await using it = await scene();
  for (let number = 0; number < MOST_DISCOVERED + 5; number++) it.standby(`10.0.1.${number}`);
  for (let steps = 0; steps < 10; steps++) await it.step();
  assertEquals(it.names().length, 1 + MOST_DISCOVERED);
  assertEquals(it.lines.filter((line) => line.startsWith("warn")).length, 1);
});

Deno.test("nothing is added once the list is closed", async () => {
  const it = await scene();
  it.standby("10.0.0.2");
  const step = it.step();
  await it.list.close(AbortSignal.abort());
  await step;
  assertEquals(it.names(), ["primary"]);
  assert(it.lines.every((line) => !line.startsWith("info")));
});

Deno.test("standbys are found only in the clusters where they are wanted", async () => {
  const asked: string[] = [];
  let isWanted = false;
  await using it = await scene({
    wants: (cluster) => {
      asked.push(cluster);
      return isWanted;
    },
  });
  it.standby("10.0.0.2");
  await it.step();
  assertEquals([it.names(), it.asked, [...new Set(asked)]], [["primary"], [], [""]]);
  isWanted = true;
  await it.step();
  assertEquals(it.names(), ["primary", "db-10.0.0.2"]);
});

/** The named server as a standby of the one at an address. */
function follow(it: Awaited<ReturnType<typeof scene>>, senderHost: string, senderPort = 5432): void {
  it.hosts.set(PRIMARY, {
    server: [fact({ startUnixSeconds: 1, inRecovery: true })],
    receiver: [receiver({ senderHost, senderPort })],
  });
}

Deno.test("from a named standby the whole cluster is found at once: its upstream, that one's standbys, cascades", async () => {
  await using it = await scene();
  follow(it, "10.0.0.2");
  const row = (applicationName: string, clientAddress: string, pid: number) =>
    sender({ applicationName, clientAddress, pid });
  it.hosts.set("10.0.0.2", {
    server: [fact({ startUnixSeconds: 2, clusterName: "b" })],
    senders: [row("primary", PRIMARY, 1), row("c", "10.0.0.3", 2)],
  });
  it.hosts.set("10.0.0.3", {
    server: [fact({ startUnixSeconds: 3, inRecovery: true })],
    receiver: [receiver({ senderHost: "10.0.0.2", senderPort: 5432 })],
    senders: [row("d", "10.0.0.4", 1)],
  });
  it.hosts.set("10.0.0.4", { server: [fact({ startUnixSeconds: 4, inRecovery: true })] });
  await it.step();
  assertEquals(it.names(), ["primary", "b", "c", "d"]);
  assertEquals(it.lines, [
    "info Discovered the upstream of a standby",
    "info Discovered a standby",
    "info Discovered a standby",
  ]);
  assertEquals(it.unwatched(), []);
});

Deno.test("an upstream that cannot be watched is told, and retried every minute", async () => {
  await using it = await scene();
  follow(it, "10.0.0.2");
  let tries = 0;
  for (let seconds = 0; seconds < 600; seconds += 30) {
    await it.step();
    if (it.asked.includes("10.0.0.2")) tries++;
    await it.clock.advance(30);
  }
  assertEquals(tries, 10);
  assertEquals(it.unwatched(), ["10.0.0.2 port 5432: Nothing answers"]);
  assertEquals(it.lines.filter((line) => line.startsWith("info")), [
    "info Cannot watch the upstream of a standby",
  ]);
});

Deno.test("an address that leads to another server after a failover is given up", async () => {
  await using it = await scene();
  follow(it, "vip");
  const serve = (clusterName: string, startUnixSeconds: number) =>
    it.hosts.set("vip", { server: [fact({ startUnixSeconds, clusterName, clockUnixSeconds: 1000 })] });
  serve("b", 20);
  await it.step();
  assertEquals(it.names(), ["primary", "b"]);
  serve("b", 2000);
  await it.step();
  assertEquals(it.names(), ["primary", "b"], "it has restarted");
  serve("c", 10);
  await it.step();
  await it.step();
  assertEquals(it.names(), ["primary", "c"]);
  assert(it.lines.includes("info No longer watching a discovered server"));
});

Deno.test("behind a name or a proxy the server itself is watched, if it can be reached", async () => {
  await using it = await scene();
  follow(it, "primary.internal");
  const facts = {
    server: [fact({ startUnixSeconds: 2, clusterName: "b" })],
    settings: [settings({ ownEndpoint: { host: "10.0.0.2", port: 5432 } })],
  };
  it.hosts.set("primary.internal", facts);
  it.hosts.set("10.0.0.2", facts);
  await it.step();
  assertEquals(it.names(), ["primary", "b"]);
  assertEquals(it.list.entries[1]?.config.target.host, "10.0.0.2");
});

Deno.test("servers on one host are found at the ports that are named, each once", async () => {
  await using it = await scene({ ports: () => [5433, 5434] });
  for (const [pid, name] of ["b", "c"].entries()) {
    it.rows.push(sender({ clientAddress: PRIMARY, applicationName: name, pid }));
    it.hosts.set(`${PRIMARY} ${5433 + pid}`, {
      server: [fact({ inRecovery: true, startUnixSeconds: 10 + pid, clusterName: name })],
    });
  }
  await it.step();
  assertEquals(it.names(), ["primary", "b", "c"]);
  assertEquals(it.asked.includes(`${PRIMARY} 5434`), true);
});

Deno.test("a name is kept over a restart, though the server has another one by now", async () => {
  const stateFile = { names: new Map<string, string>() };
  for (const clusterName of ["", "b"]) {
    await using it = await scene({ stateFile });
    follow(it, "10.0.0.2");
    it.hosts.set("10.0.0.2", { server: [fact({ startUnixSeconds: 2, clusterName })] });
    await it.step();
    assertEquals(it.names(), ["primary", "walreceiver-10.0.0.2"]);
  }
});

Deno.test("addresses that come and go are not remembered for ever", async () => {
  const old = Array.from(
    { length: 1100 },
    (_, index) => [`${CLUSTER} 10.1.0.${index} 5432 `, "old"] as const,
  );
  const again = [`${CLUSTER} 10.0.0.2 5432 `, "walreceiver-10.0.0.2"] as const;
  const stateFile = { names: new Map<string, string>([again, ...old]) };
  await using it = await scene({ stateFile });
  it.standby("10.0.0.2", { name: "walreceiver" });
  await it.step();
  assertEquals(stateFile.names.size, 1000);
  assertEquals([...stateFile.names.keys()].at(-1), again[0], "the one that was seen last stays longest");

  const told = () => it.lines.filter((line) => line.includes("Cannot watch")).length;
  const before = told();
  for (let index = 0; index <= 1001; index++) {
    it.rows.length = 0;
    it.standby(`10.2.0.${index % 1001}`, { isReached: false });
    await it.step();
  }
  assertEquals(told() - before, 1002, "told again when it comes back much later");
});

Deno.test("a host that does not respond is waited for twice, however many ports there are", async () => {
  await using it = await scene({ ports: () => [5433, 5434, 5435, 5436] });
  it.standby("10.0.0.2", { isReached: false });
  await it.step();
  assertEquals(it.waits, [1, 4]);
  assertEquals(it.unwatched(), ["10.0.0.2 port 5432,5433,5434,5435,5436: Nothing answers"]);
});
