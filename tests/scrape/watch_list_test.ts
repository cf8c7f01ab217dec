import { assert, assertEquals } from "@std/assert";
import { DEFAULT_LIBPQ_SETTINGS } from "../../src/config/libpq_settings.ts";
import { WatchList } from "../../src/scrape/watch_list.ts";
import { server as fact } from "../cluster/fixtures.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";
import { server } from "../fixtures/targets.ts";
import { FakeWatch } from "./fake_watch.ts";

function listOf(...names: string[]) {
  const told: string[] = [];
  const opened: FakeWatch[] = [];
  const list = new WatchList<FakeWatch>({
    servers: names.map((name) => server(name)),
    clock: new FakeClock(),
    open: (config, onSnapshot) => {
      const watch = new FakeWatch(config, { read: () => ({ server: [fact()] }), onSnapshot });
      opened.push(watch);
      return watch;
    },
    onSnapshot: (snapshot) => told.push(`snapshot ${snapshot.server}`),
    onAdded: (watch) => told.push(`added ${watch.config.name}`),
    onRemoved: (name) => told.push(`removed ${name}`),
    onConfigured: (watch, before) => told.push(`configured ${watch.config.name} ${before !== null}`),
  });
  const names_ = () => list.entries.map(({ config, isDiscovered }) => `${config.name} ${isDiscovered}`);
  return { list, told, opened, names: names_ };
}

Deno.test("a watch publishes nothing before it is on the list, nor after", async () => {
  const { list, told, names } = listOf("primary");
  const config = server("standby");
  const watch = list.open(config);
  await watch.collect();
  assertEquals(told, []);
  list.add(config, watch);
  await watch.collect();
  assertEquals(told.splice(0), ["added standby", "snapshot standby", "snapshot standby"]);
  assertEquals(names(), ["primary false", "standby true"]);
  assertEquals(list.snapshots, list.watches.map(({ snapshot }) => snapshot));
  list.remove("standby");
  await watch.collect();
  assertEquals(told, ["removed standby"]);
  assertEquals(names(), ["primary false"]);
  assert(watch.closed);
  await list.close(AbortSignal.abort());
});

Deno.test("a watch is found by its server's name, and those of a cluster by its name, as the list is now", () => {
  const { list } = listOf("a", "b");
  const namesIn = (cluster: string) => list.inCluster(cluster).map(({ config }) => config.name);
  const found = { ...server("c"), cluster: "shop" };
  const watch = list.open(found);
  assertEquals([list.named("c"), namesIn(""), namesIn("shop")], [undefined, ["a", "b"], []]);
  list.add(found, watch);
  assertEquals([list.named("c")?.watch === watch, namesIn(""), namesIn("shop")], [true, ["a", "b"], ["c"]]);
  const snapshotsIn = (...clusters: string[]) =>
    list.snapshotsIn(new Set(clusters)).map(({ server }) => server);
  assertEquals([snapshotsIn(""), snapshotsIn("shop"), snapshotsIn("shop", "")], [["a", "b"], ["c"], [
    "a",
    "b",
    "c",
  ]]);
  list.remove("a");
  list.remove("c");
  assertEquals([list.named("a")?.config.name, list.named("c"), namesIn("shop")], ["a", undefined, []]);
});

Deno.test("another session goes to the host that is watched, and to no other", async () => {
  const { list } = listOf();
  const otherHosts = [{ host: "10.0.0.2", hostAddress: "", port: 7000 }];
  const libpq = { ...DEFAULT_LIBPQ_SETTINGS, otherHosts, sessionAttributes: "primary" as const };
  const config = server("p", { host: "10.0.0.1", libpq });
  const watch = list.open(config);
  await watch.collect();
  const [address] = otherHosts;
  watch.snapshot = { ...watch.snapshot, ...address === undefined ? {} : { address } };
  list.add(config, watch);
  const [session] = list.connectedConfigs;
  const { host, port, libpq: settings } = session?.target ?? config.target;
  assertEquals([session?.name, host, port, settings], ["p", "10.0.0.2", 7000, DEFAULT_LIBPQ_SETTINGS]);
  await list.close(AbortSignal.abort());
});

Deno.test("a configured server is never removed", async () => {
  const { list, told, names } = listOf("primary");
  list.remove("primary");
  list.remove("nobody");
  assertEquals([names(), told], [["primary false"], []]);
  await list.close(AbortSignal.abort());
});

Deno.test("one of the same name gives its place", async () => {
  const { list, told, names, opened } = listOf("primary");
  for (const name of ["a", "b", "a"]) {
    const config = server(name);
    list.add(config, list.open(config));
  }
  assertEquals(names(), ["primary false", "a true", "b true"]);
  assertEquals(opened.map(({ closed }) => closed), [false, true, false, false]);
  assertEquals(list.watches[1], opened[3]);
  assertEquals(told.filter((each) => each.startsWith("removed")), []);
  await list.close(AbortSignal.abort());
});

Deno.test("close() ends every watch, on the list or not", async () => {
  const { list, opened } = listOf("primary");
  list.open(server("probe"));
  assertEquals(list.isClosed, false);
  await list.close(AbortSignal.abort());
  assertEquals([list.isClosed, opened.map(({ closed }) => closed)], [true, [true, true]]);
});

Deno.test("configure() changes everything at one moment and leaves alone what is the same", async () => {
  const { list, told, names, opened } = listOf("kept", "changed", "gone");
  for (const name of ["found", "lost", "named"]) {
    const config = server(name);
    const watch = list.open(config);
    await watch.collect();
    list.add(config, watch);
  }
  told.splice(0);
  const next = ["new", "changed", "kept", "named"].map((name) => server(name));
  const fresh = new Map(
    next.filter(({ name }) => name !== "kept").map((config) => [config.name, list.open(config)]),
  );
  await Promise.all([...fresh.values()].map((watch) => watch.collect()));
  assertEquals(told, [], "nobody is told of what is not yet on the list");
  list.configure({ servers: next, opened: fresh, keeps: ({ config }) => config.name === "found" });
  assertEquals(names(), ["new false", "changed false", "kept false", "named false", "found true"]);
  assertEquals(told, [
    "removed gone",
    "removed lost",
    ...["configured new false", "snapshot new"],
    ...["configured changed true", "snapshot changed"],
    ...["configured named true", "snapshot named"],
  ]);
  assertEquals(opened.filter(({ closed }) => closed).map(({ config }) => config.name), [
    "changed",
    "gone",
    "lost",
    "named",
  ]);
  assert(list.watches[2] === opened[0], "the one that is the same is the same");
  await list.close(AbortSignal.abort());
});
