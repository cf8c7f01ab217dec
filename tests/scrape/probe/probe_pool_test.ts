import { assertEquals, assertRejects } from "@std/assert";
import type { ServerConfig } from "../../../src/config/config.ts";
import type { Family } from "../../../src/metrics/family.ts";
import type { ProbeService } from "../../../src/scrape/probe/probe_group.ts";
import { PoolFullError, ProbePool } from "../../../src/scrape/probe/probe_pool.ts";
import { viewOf } from "../../cluster/findings/views.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";
import { target } from "../../fixtures/targets.ts";

const server = (name: string, user = "monitor"): ServerConfig => ({
  name,
  cluster: "",
  target: target({ host: name, user }),
});

const FAMILY: Family = { name: "a", type: "gauge", help: "A.", labels: ["instance"], samples: [] };

/** A pool whose services say what they are told, and reach the servers of `reached`. */
function poolOf(
  options: {
    readonly mostServers?: number;
    readonly isSlow?: boolean;
    readonly reached?: readonly string[];
  } = {},
) {
  const clock = new FakeClock();
  const said: string[] = [];
  const open = (servers: readonly ServerConfig[]): ProbeService => {
    said.push(`open ${servers.map(({ name }) => name)}`);
    return {
      start: () => void said.push("start"),
      watch: (watched) => {
        said.push(`watch ${watched.map(({ name }) => name)}`);
        return options.isSlow ? new Promise(() => {}) : Promise.resolve();
      },
      view: () => viewWith(servers, options.reached ?? []),
      scrape: () => Promise.resolve([]),
      scrapeServer: (name) => {
        said.push(`scrape ${name}`);
        return Promise.resolve([{ ...FAMILY, samples: [{ labels: { instance: name }, value: 1 }] }]);
      },
      close: () => {
        said.push("close");
        return Promise.resolve();
      },
    };
  };
  const pool = new ProbePool({ open, clock, idleSeconds: 60, ...options });
  return { pool, clock, said };
}

/** A view of servers, of which some are reached. */
function viewWith(servers: readonly ServerConfig[], reached: readonly string[]) {
  const view = viewOf();
  const [any] = view.servers;
  if (any === undefined) return view;
  const snapshots = servers.map(({ name }) => ({
    ...any,
    server: name,
    up: reached.includes(name),
  }));
  return { ...view, servers: snapshots };
}

const NEVER = new AbortController().signal;
const BUDGET = { module: "default", budgetSeconds: 5 };
const OTHER = { module: "other", budgetSeconds: 5 };

Deno.test("ProbePool watches all servers with one service, those that come together with one change", async () => {
  const { pool, said } = poolOf();
  await pool.scrape(server("a"), BUDGET);
  await pool.scrape(server("a"), BUDGET);
  await Promise.all(["b", "c"].map((name) => pool.scrape(server(name), BUDGET)));
  assertEquals(said, ["open a", "start", "scrape a", "scrape a", "watch a,b,c", "scrape b", "scrape c"]);
  await pool.scrape(server("b", "other"), BUDGET);
  assertEquals(said.slice(7), ["watch a,b,c", "scrape b"], "another login is another configuration");
  await pool.close(NEVER);
  assertEquals(said.at(-1), "close");
});

Deno.test("ProbePool gives up servers that nobody asks for, and its service with the last", async () => {
  const { pool, clock, said } = poolOf();
  await pool.scrape(server("a"), BUDGET);
  await clock.advance(40);
  await pool.scrape(server("b"), BUDGET);
  await clock.advance(40);
  assertEquals(pool.size, 1);
  await pool.scrape(server("b"), BUDGET);
  assertEquals(said.slice(-2), ["watch b", "scrape b"]);
  await clock.advance(90);
  assertEquals([pool.size, said.at(-1)], [0, "close"]);
  await pool.scrape(server("c"), BUDGET);
  assertEquals(said.slice(-3), ["open c", "start", "scrape c"]);
  await pool.close(NEVER);
});

Deno.test("ProbePool holds no more servers than it may", async () => {
  const { pool } = poolOf({ mostServers: 1 });
  await pool.scrape(server("a"), BUDGET);
  await assertRejects(
    () => pool.scrape(server("b"), BUDGET),
    PoolFullError,
    "spread them over several exporters",
  );
  await pool.close(NEVER);
});

Deno.test("ProbePool keeps a session for each module that a server is asked for with", async () => {
  const { pool, clock, said } = poolOf({ mostServers: 3, reached: ["a"] });
  const [mine, its] = [server("a"), server("a", "other")];
  await pool.scrape(mine, BUDGET);
  await pool.scrape(its, OTHER);
  assertEquals(said, ["open a", "start", "scrape a", "open a", "start", "scrape a"]);
  for (let turn = 0; turn < 20; turn++) {
    await pool.scrape(mine, BUDGET);
    await pool.scrape(its, OTHER);
    await clock.advance(4);
  }
  // Neither was told to watch something else: both go on with what they know.
  assertEquals(said.slice(6), Array.from({ length: 40 }, () => "scrape a"));
  assertEquals(pool.size, 2);
  await pool.scrape(server("b"), OTHER);
  await assertRejects(() => pool.scrape(server("c"), BUDGET), PoolFullError, "Already 3 servers");
  await pool.close(NEVER);
  assertEquals(said.slice(-2), ["close", "close"]);
});

Deno.test("ProbePool gives up what nobody asks for with one module, and goes on with the other", async () => {
  const { pool, clock, said } = poolOf();
  await pool.scrape(server("a"), BUDGET);
  await pool.scrape(server("a", "other"), OTHER);
  await clock.advance(40);
  await pool.scrape(server("a"), BUDGET);
  await clock.advance(40);
  assertEquals([pool.size, said.at(-1)], [1, "close"]);
  await pool.scrape(server("a"), BUDGET);
  assertEquals(
    said.filter((each) => each.startsWith("open")).length,
    2,
    "the session that was asked for is kept",
  );
  await pool.close(NEVER);
});

Deno.test("ProbePool gives a place that leads nowhere to a server that is asked for", async () => {
  const { pool, clock, said } = poolOf({ mostServers: 3, reached: ["there"] });
  for (const name of ["there", "nowhere", "nirvana"]) {
    await pool.scrape(server(name), BUDGET);
    await clock.advance(1);
  }
  const isFull = () => assertRejects(() => pool.scrape(server("newest"), OTHER), PoolFullError);
  await isFull();
  await clock.advance(31);
  await pool.scrape(server("nowhere"), BUDGET);
  await pool.scrape(server("new"), OTHER);
  // The one of the two that was asked for the longest time ago.
  assertEquals(said.filter((each) => each.startsWith("watch")).at(-1), "watch there,nowhere");
  await pool.scrape(server("newer"), OTHER);
  assertEquals(said.filter((each) => each.startsWith("watch")).slice(-2), ["watch there", "watch new,newer"]);
  await isFull();
  assertEquals(pool.size, 3);
  await pool.close(NEVER);
});
