import { assertEquals } from "@std/assert";
import { sender } from "../fixtures.ts";
import { World } from "../world.ts";

Deno.test("a standby seen while its new connection starts up is still itself", () => {
  const world = new World();
  const primary = world.add("primary");
  const row = (pid: number, fact: Parameters<typeof sender>[0] = {}) =>
    sender({
      applicationName: "elsewhere",
      slot: "elsewhere",
      replayPosition: primary.position,
      pid,
      ...fact,
    });
  primary.senders = [row(1)];
  world.collect();
  world.pass(10);
  primary.senders = [];
  primary.position += 1000n;
  world.pass(10);
  // The walsender is there, START_REPLICATION has not come yet: no slot, no position (pg_stat_replication, state startup).
  primary.senders = [row(2, { slot: "", state: "startup", replayPosition: null })];
  world.pass(5);
  primary.senders = [row(2)];
  world.pass(5);
  assertEquals(world.view().standbys.map(({ name, connected, lag }) => [name, connected, lag.seconds]), [
    ["elsewhere", true, 0],
  ]);
});
