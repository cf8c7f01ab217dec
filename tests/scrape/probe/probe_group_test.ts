import { assertEquals } from "@std/assert";
import type { ServerConfig } from "../../../src/config/config.ts";
import { ProbeGroup } from "../../../src/scrape/probe/probe_group.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";
import { target } from "../../fixtures/targets.ts";

const server = (name: string, cluster = ""): ServerConfig => ({
  name,
  cluster,
  target: target({ host: name }),
});

Deno.test("ProbeGroup leaves a server in its cluster when a probe names none", async () => {
  const watched: string[] = [];
  const watch = (servers: readonly ServerConfig[]) => {
    watched.push(servers.map(({ name, cluster }) => `${name} of ${cluster}`).join(", "));
    return Promise.resolve();
  };
  const group = new ProbeGroup({
    clock: new FakeClock(),
    signal: new AbortController().signal,
    open: (servers) => {
      void watch(servers);
      return {
        start: () => {},
        watch,
        view: () => null,
        scrape: () => Promise.resolve([]),
        scrapeServer: () => Promise.resolve([]),
        close: () => Promise.resolve(),
      };
    },
  });
  const { signal } = new AbortController();
  for (const cluster of ["orders", "", "orders", "billing", ""]) {
    await group.scrape(server("db1", cluster), { budgetSeconds: 5, signal });
  }
  assertEquals(watched, ["db1 of orders", "db1 of billing"]);
});

Deno.test("ProbeGroup waits for its service no longer than a probe may, and answers nothing then", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const asked: string[] = [];
  let watching = Promise.withResolvers<void>();
  const group = new ProbeGroup({
    clock,
    signal: stop.signal,
    open: () => ({
      start: () => {},
      watch: () => watching.promise,
      view: () => null,
      scrape: () => Promise.resolve([]),
      scrapeServer: (name, options) => {
        asked.push(`${name} ${options?.budgetSeconds}`);
        return Promise.resolve([]);
      },
      close: () => Promise.resolve(),
    }),
  });
  const probe = (name: string, signal: AbortSignal) =>
    group.scrape(server(name), { budgetSeconds: 5, signal });
  await probe("a", new AbortController().signal);
  const late = new AbortController();
  const second = probe("b", late.signal);
  late.abort();
  await second;
  // The time that a probe has waited is no longer there for its server.
  const third = probe("a", new AbortController().signal);
  await clock.advance(2);
  watching.resolve();
  await third;
  assertEquals(asked, ["a 5", "b 5", "a 3"]);
  assertEquals([group.size, group.has("b"), group.has("c")], [2, true, false]);
  watching = Promise.withResolvers();
  watching.resolve();
  group.forget("b");
  group.forget("c");
  assertEquals(group.size, 1);
  stop.abort();
  await group.close(new AbortController().signal);
});
