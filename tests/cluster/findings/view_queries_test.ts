import { assertEquals } from "@std/assert";
import {
  clusterOf,
  downstreamOf,
  freshRow,
  freshRows,
  hostOf,
  livePrimaryOf,
  placeOfCluster,
  placeOfStandby,
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
  assertEquals(livePrimaryOf(view, "standby")?.server, "primary");
  assertEquals(livePrimaryOf(viewOf({ cluster: { primaries: [] } }), "standby"), null);
  assertEquals(livePrimaryOf(viewOf({ cluster: { primaries: ["primary", "standby"] } }), "standby"), null);
});

Deno.test("a cluster is filed under its name, else its identifier; another standby under its upstream", () => {
  const view = viewOf({ cluster: { cluster: "shop" } });
  const [cluster] = view.clusters;
  const [standby] = viewOf().standbys;
  if (cluster === undefined || standby === undefined) throw new Error("No cluster");
  assertEquals(placeOfCluster(cluster, view), { server: "cluster", subject: "shop" });
  assertEquals(placeOfCluster({ ...cluster, cluster: "" }, view).subject, cluster.systemIdentifier);
  const twin = { ...cluster, key: "shop 42" };
  assertEquals(
    placeOfCluster(cluster, { clusters: [cluster, twin] }).subject,
    cluster.key,
    "one name, two clusters",
  );
  assertEquals(placeOfStandby(standby), { server: "standby", subject: "" });
  assertEquals(placeOfStandby({ ...standby, configured: false }), { server: "primary", subject: "standby" });
  assertEquals(placeOfStandby({ ...standby, configured: false, upstream: null }).server, "cluster");
});

Deno.test("sender rows and the standbys they feed find each other", () => {
  const row = sender({ applicationName: "standby", slot: "standby", pid: 5 });
  const stranger = sender({ applicationName: "reports", pid: 6 });
  const view = viewOf({ primary: { senders: [row, stranger] } });
  assertEquals(standbyNamed(view, "standby")?.sender?.pid, 5);
  assertEquals(standbyNamed(view, "reports")?.sender?.pid, 6);
  assertEquals(downstreamOf(view, "primary", row)?.server, "standby");
  assertEquals(downstreamOf(view, "primary", stranger), null);
});

Deno.test("hostOf() is what pg_basebackup takes", () => {
  const address = { host: "db1", hostAddress: "", port: 5433 };
  assertEquals(hostOf(viewOf({ primarySnapshot: { address } }), "primary"), "db1 -p 5433");
  assertEquals([hostOf(viewOf(), "primary"), hostOf(viewOf(), null)], ["primary", "UPSTREAM"]);
});
