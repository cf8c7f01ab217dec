import { assertEquals } from "@std/assert";
import { sender, sync } from "../cluster/fixtures.ts";
import { viewOf } from "../cluster/findings/views.ts";
import { reportOf } from "./golden_views.ts";

function senders(...rows: readonly Parameters<typeof sender>[0][]) {
  const primary = { ...viewOf().servers[0]?.facts, senders: rows.map((row) => sender(row)) };
  return reportOf(viewOf({ primary })).clusters[0]?.primary;
}

Deno.test("derivePrimary() has four lags in bytes and three in seconds", () => {
  const [replica] = senders({
    applicationName: "standby",
    clientAddress: "",
    serverPosition: 1000n,
    sentPosition: 900n,
    writePosition: 800n,
    flushPosition: 700n,
    replayPosition: 600n,
    writeLagSeconds: 0.1,
    flushLagSeconds: 0.2,
    replayLagSeconds: null,
  })?.replicas ?? [];
  assertEquals(
    [replica?.sent_lag_bytes, replica?.write_lag_bytes, replica?.flush_lag_bytes, replica?.replay_lag_bytes],
    [100, 200, 300, 400],
  );
  assertEquals([replica?.write_lag_seconds, replica?.flush_lag_seconds, replica?.replay_lag_seconds], [
    0.1,
    0.2,
    null,
  ]);
  assertEquals([replica?.client_addr, replica?.slot], [null, null]);
});

Deno.test("derivePrimary() knows no lag of a backup, and no count of what it may not see", () => {
  const primary = senders({
    applicationName: "pg_basebackup",
    kind: "backup",
    state: null,
    serverPosition: 1000n,
  });
  assertEquals(primary?.replicas?.[0]?.replay_lag_bytes, null);
  assertEquals([primary?.total_replicas, primary?.active_replicas], [1, null]);
  assertEquals([senders()?.total_replicas, senders()?.active_replicas], [0, 0]);
});

for (
  const [names, waiting, met, status] of [
    ["", 0, 0, "healthy"],
    ["standby", 0, 1, "healthy"],
    ["2 (standby, other)", 0, 1, "warning"],
    ["2 (standby, other)", 3, 1, "critical"],
  ] as const
) {
  Deno.test(`deriveSynchronous() calls "${names}" with ${waiting} waiting commits ${status}`, () => {
    const primary = {
      ...viewOf().servers[0]?.facts,
      sync: [sync({ standbyNames: names, waitingCommits: waiting })],
    };
    const synchronous = reportOf(viewOf({ primary })).clusters[0]?.synchronous;
    assertEquals([synchronous?.met, synchronous?.status], [met, status]);
  });
}
