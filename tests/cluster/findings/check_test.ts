import { assertEquals } from "@std/assert";
import {
  DEFAULT_CHECK_CONTEXT,
  grantIn,
  joinEvidence,
  perCluster,
  perRow,
  perServer,
  perStandby,
} from "../../../src/cluster/findings/check.ts";
import { CLUSTER, sender } from "../fixtures.ts";
import { down, viewOf } from "./views.ts";

const found = { severity: "warning" as const, summary: "A summary", evidence: "", advice: "" };
const placesOf = (find: ReturnType<typeof perServer>, view = viewOf()) =>
  [...find(view, DEFAULT_CHECK_CONTEXT)].map(({ server, subject }) => [server, subject]);

Deno.test("perServer() looks at each server of which the rows are fresh, each postmaster once", () => {
  const find = perServer("slots", (_server, slots) => slots.length > 0 ? { ...found, subject: "s" } : null);
  assertEquals(placesOf(find), [["primary", "s"]]);
  assertEquals(placesOf(find, viewOf({ primarySnapshot: down({}) })), []);
  const all = perServer("slots", () => found);
  assertEquals(placesOf(all), [["primary", undefined], ["standby", undefined]]);
  const twice = viewOf({ servers: { standby: { aliasOf: "primary" } } });
  assertEquals(placesOf(all, twice), [["primary", undefined]]);
});

Deno.test("perRow() looks at the only row, and not where there is none", () => {
  const find = perRow("receiver", (_server, { status }) => ({ ...found, subject: status ?? "" }));
  assertEquals(placesOf(find), [["standby", "streaming"]]);
});

Deno.test("perStandby() files under the standby, or under its upstream when nobody configured it", () => {
  const view = viewOf({
    primary: {
      senders: [sender({ applicationName: "standby", slot: "standby" }), sender({ applicationName: "x" })],
    },
  });
  assertEquals(placesOf(perStandby(() => found), view), [["standby", ""], ["primary", "x"]]);
  assertEquals(placesOf(perStandby(({ configured }) => configured ? null : found), view), [["primary", "x"]]);
});

Deno.test("perCluster() files under the cluster, and under its key when its name is that of another one", () => {
  const find = perCluster(() => found);
  assertEquals(placesOf(find), [["cluster", CLUSTER]]);
  assertEquals(placesOf(find, viewOf({ cluster: { cluster: "shop" } })), [["cluster", "shop"]]);
  const [one] = viewOf({ cluster: { cluster: "shop" } }).clusters;
  const two = one === undefined ? [] : [one, { ...one, key: "shop 42" }];
  assertEquals(placesOf(find, viewOf({ view: { clusters: two } })), [["cluster", CLUSTER], [
    "cluster",
    "shop 42",
  ]]);
  assertEquals(placesOf(perCluster(() => null)), []);
});

Deno.test("joinEvidence() leaves out what is unknown", () => {
  assertEquals(joinEvidence("a", false, "", "b"), "a; b");
  assertEquals(joinEvidence(false), "");
});

Deno.test("grantIn() is the command at the end of an error", () => {
  assertEquals(grantIn("denied; run: GRANT pg_monitor TO m"), "GRANT pg_monitor TO m");
  assertEquals(grantIn("denied"), undefined);
});
