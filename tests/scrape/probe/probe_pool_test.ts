import { assertEquals, assertRejects } from "@std/assert";
import type { ServerConfig } from "../../../src/config/config.ts";
import type { Family } from "../../../src/metrics/family.ts";
import { PoolFullError, ProbePool, type ProbeService } from "../../../src/scrape/probe/probe_pool.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";
import { target } from "../../fixtures/targets.ts";

const server = (name: string, user = "monitor"): ServerConfig => ({
  name,
  cluster: "",
  target: target({ host: name, user }),
});

const FAMILY: Family = { name: "a", type: "gauge", help: "A.", labels: ["instance"], samples: [] };

/** A pool whose services say what they are told. */
function poolOf(options: { readonly mostServers?: number; readonly isSlow?: boolean } = {}) {
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
      view: () => null,
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

const BUDGET = { budgetSeconds: 5 };

Deno.test("ProbePool watches all servers with one service, those that come together with one change", async () => {
  const { pool, said } = poolOf();
  await pool.scrape(server("a"), BUDGET);
  await pool.scrape(server("a"), BUDGET);
  await Promise.all(["b", "c"].map((name) => pool.scrape(server(name), BUDGET)));
  assertEquals(said, ["open a", "start", "scrape a", "scrape a", "watch a,b,c", "scrape b", "scrape c"]);
  await pool.scrape(server("b", "other"), BUDGET);
  assertEquals(said.slice(7), ["watch a,b,c", "scrape b"], "another login is another configuration");
  await pool.close(AbortSignal.timeout(1000));
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
  await pool.close(AbortSignal.timeout(1000));
});

Deno.test("ProbePool holds no more servers than it may", async () => {
  const { pool } = poolOf({ mostServers: 1 });
  await pool.scrape(server("a"), BUDGET);
  await assertRejects(
    () => pool.scrape(server("b"), BUDGET),
    PoolFullError,
    "spread them over several exporters",
  );
  await pool.close(AbortSignal.timeout(1000));
});
