import { hostAndPort } from "../../../src/cluster/findings/view_queries.ts";
import { assertEquals } from "@std/assert";
import {
  conninfoFor,
  followerSlotOf,
  rebuildFrom,
  replicationUser,
  rewindOf,
  slotOfOld,
  startIt,
  stepPlaceOf,
  type StepsInput,
} from "../../../src/cluster/preflight/commands.ts";
import { deriveFollowers } from "../../../src/cluster/preflight/followers.ts";
import { deriveLoss } from "../../../src/cluster/preflight/loss.ts";
import { deriveSync } from "../../../src/cluster/preflight/sync.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { contextAround, GONE, NEVER, trio } from "./scenes.ts";

function input(): StepsInput {
  const context = contextAround(trio());
  const followers = deriveFollowers(context);
  return {
    context,
    loss: deriveLoss(context),
    followers,
    slots: null,
    consumers: [],
    sync: deriveSync(context, followers),
  };
}

function nowhere(): ServerSnapshot {
  const { address: _, ...rest } = contextAround(trio()).candidate;
  return rest;
}

Deno.test("a step names a server by its address, or by its name when it has no address", () => {
  const { candidate } = contextAround(trio());
  assertEquals([hostAndPort(candidate), stepPlaceOf(candidate)], [
    "host=db1.example port=5432",
    "standby (db1.example:5432)",
  ]);
  assertEquals([hostAndPort(nowhere()), stepPlaceOf(nowhere())], ["host=standby port=5432", "standby"]);
});

Deno.test("slot names are valid in PostgreSQL", () => {
  const [follower] = input().followers;
  if (follower === undefined) throw new Error("No follower");
  assertEquals(followerSlotOf(follower), "standby2");
  assertEquals(followerSlotOf({ ...follower, slot: "" }), "");
  assertEquals(followerSlotOf({ ...follower, slot: "", action: "rebuild", name: "DB-3.eu" }), "db_3_eu");
  assertEquals(slotOfOld({ ...nowhere(), server: "PG-1" }), "pg_1");
});

Deno.test("the replication role comes from the sender rows, including the last ones of a primary that is down", () => {
  const of = (state: Partial<ServerSnapshot>) =>
    replicationUser(contextAround(trio({ snapshots: { primary: state } })));
  assertEquals([of({}), of(GONE), of(NEVER)], ["replicator", "replicator", "REPLICATION_ROLE"]);
});

Deno.test("commands contain host, port and role, and no secret", () => {
  const conninfo = conninfoFor(input(), { user: "replicator", name: "db2" });
  assertEquals(conninfo, "host=db1.example port=5432 user=replicator application_name=db2");
  assertEquals(startIt(conninfo, "").length + 1, startIt(conninfo, "db2").length);
  const all = [
    ...startIt(conninfo, "db2"),
    ...rewindOf(contextAround(trio()).candidate),
    ...rebuildFrom(input(), { slot: "db2" }),
  ];
  assertEquals(all.filter((line) => /password=/.test(line)), []);
  assertEquals(all.some((line) => line.includes("pg_basebackup -h db1.example -p 5432 -U replicator")), true);
});
