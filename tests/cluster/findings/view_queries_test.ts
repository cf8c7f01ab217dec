import { assertEquals } from "@std/assert";
import {
  clusterOf,
  downstreamOf,
  freshRow,
  freshRows,
  hostOf,
  placeOfCluster,
  placeOfStandby,
  primaryOf,
  senderOf,
  serverNamed,
  standbyNamed,
} from "../../../src/cluster/findings/view_queries.ts";
import { sender } from "../fixtures.ts";
import { down, viewOf } from "./views.ts";

Deno.test("facts are known only of a server that was reached in the latest collection", () => {
  const view = viewOf({ primarySnapshot: down({}) });
  const [primary, standby] = view.servers;
  if (primary === undefined || standby === undefined) throw new Error("No servers");
  assertEquals([freshRows(primary, "slots"), freshRow(primary, "wal")], [null, null]);
  assertEquals(freshRow(standby, "wal")?.maxSlots, 10);
  assertEquals([freshRows(standby, "slots"), freshRow(standby, "slots"), freshRows(standby, "sync")], [
    [],
    null,
    null,
  ]);
});

Deno.test("servers, standbys and clusters by name", () => {
  const view = viewOf();
  assertEquals([serverNamed(view, "primary")?.role, serverNamed(view, null)], ["primary", null]);
  assertEquals([standbyNamed(view, "standby")?.upstream, standbyNamed(view, "x")], ["primary", null]);
  assertEquals([clusterOf(view, "standby")?.expectedStandbys, clusterOf(view, "x")], [1, null]);
  assertEquals(primaryOf(view, "standby")?.server, "primary");
  assertEquals(primaryOf(viewOf({ cluster: { primaries: [] } }), "standby"), null);
  assertEquals(primaryOf(viewOf({ cluster: { primaries: ["primary", "standby"] } }), "standby"), null);
});

Deno.test("a cluster is filed under its name, else its identifier; another standby under its upstream", () => {
  const [cluster] = viewOf({ cluster: { cluster: "shop" } }).clusters;
  const [standby] = viewOf().standbys;
  if (cluster === undefined || standby === undefined) throw new Error("No cluster");
  assertEquals(placeOfCluster(cluster), { server: "cluster", subject: "shop" });
  assertEquals(placeOfCluster({ ...cluster, cluster: "" }).subject, cluster.systemIdentifier);
  assertEquals(placeOfStandby(standby), { server: "standby", subject: "" });
  assertEquals(placeOfStandby({ ...standby, configured: false }), { server: "primary", subject: "standby" });
  assertEquals(placeOfStandby({ ...standby, configured: false, upstream: null }).server, "cluster");
});

Deno.test("sender rows and the standbys they feed find each other", () => {
  const row = sender({ applicationName: "standby", slot: "standby", pid: 5 });
  const stranger = sender({ applicationName: "reports", pid: 6 });
  const view = viewOf({ primary: { senders: [row, stranger] } });
  const [standby] = view.standbys;
  if (standby === undefined) throw new Error("No standby");
  assertEquals(senderOf(view, standby)?.pid, 5);
  assertEquals(senderOf(view, { ...standby, name: "reports", configured: false })?.pid, 6);
  assertEquals(senderOf(view, { ...standby, name: "gone", configured: false }), null);
  assertEquals(downstreamOf(view, "primary", row)?.server, "standby");
  assertEquals(downstreamOf(view, "primary", stranger), null);
});

Deno.test("hostOf() is what pg_basebackup takes", () => {
  const address = { host: "db1", hostAddress: "", port: 5433 };
  assertEquals(hostOf(viewOf({ primarySnapshot: { address } }), "primary"), "db1 -p 5433");
  assertEquals([hostOf(viewOf(), "primary"), hostOf(viewOf(), null)], ["primary", "UPSTREAM"]);
});
