import { assertEquals } from "@std/assert";
import postgres from "postgres";
import { withoutSubscriber } from "../../src/postgres/session.ts";

Deno.test("withoutSubscriber() leaves a driver as it is, without its set for logical replication", () => {
  const first = postgres({ host: "db1", port: 5433, username: "monitor", max: 1, fetch_types: false });
  assertEquals(typeof first.subscribe, "function");
  const driver = postgres(withoutSubscriber(first.options));
  const subscriber: unknown = driver.subscribe;
  assertEquals(subscriber, true);
  const { host, port, user, max, fetch_types } = driver.options;
  assertEquals([host, port, user, max, fetch_types], [["db1"], [5433], "monitor", 1, false]);
});
