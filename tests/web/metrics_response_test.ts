import { assert, assertEquals } from "@std/assert";
import type { Family } from "../../src/metrics/family.ts";
import { appWith, fakeScraper, get } from "./fakes.ts";

Deno.test("metricsResponder() encodes the same array of families once", async () => {
  let reads = 0;
  const family = (): Family => ({
    name: "pgrepl_up",
    type: "gauge",
    help: "Up",
    labels: [],
    get samples() {
      reads++;
      return [{ labels: {}, value: 1 }];
    },
  });
  let families = [family()];
  const app = appWith(fakeScraper({ scrape: () => Promise.resolve(families) }));
  const first = await (await app(get("/metrics"))).text();
  const readsOnce = reads;
  assert(readsOnce > 0);
  assertEquals(await (await app(get("/metrics"))).text(), first);
  assertEquals(reads, readsOnce);
  families = [family()];
  await (await app(get("/metrics"))).text();
  assertEquals(reads, 2 * readsOnce);
});
