import { assertEquals } from "@std/assert";
import {
  DEFAULT_CHECK_CONTEXT,
  type Diagnosis,
  grantIn,
  joinEvidence,
  perCluster,
  perRow,
  perServer,
  perStandby,
} from "../../../src/cluster/findings/check.ts";
import type { View } from "../../../src/domain/view.ts";
import { down, viewOf } from "./views.ts";

const found = { severity: "info", summary: "S", evidence: "E", advice: "A" } as const;
const places = (
  find: (view: View, context: typeof DEFAULT_CHECK_CONTEXT) => Iterable<Diagnosis>,
  view: View,
) => [...find(view, DEFAULT_CHECK_CONTEXT)].map(({ server, subject }) => [server, subject]);

Deno.test("perServer() and perRow() look at fresh rows only, and file under the server", () => {
  const view = viewOf({ standbySnapshot: down({}) });
  assertEquals(places(perServer("settings", () => ({ ...found, subject: "x" })), view), [["primary", "x"]]);
  assertEquals(places(perRow("settings", () => found), view), [["primary", undefined]]);
  assertEquals(places(perRow("receiver", () => found), view), []);
});

Deno.test("perStandby() and perCluster() file under the standby and the cluster; null finds nothing", () => {
  const view = viewOf({ cluster: { cluster: "shop" } });
  assertEquals(places(perStandby(() => found), view), [["standby", ""]]);
  assertEquals(places(perStandby(() => null), view), []);
  assertEquals(places(perCluster(() => found), view), [["cluster", "shop"]]);
});

Deno.test("joinEvidence() leaves out what is not known", () => {
  assertEquals(joinEvidence("a", false, "", "b"), "a; b");
  assertEquals(joinEvidence(false), "");
});

Deno.test("grantIn() finds the command at the end of a message", () => {
  assertEquals(grantIn("No right: GRANT pg_monitor TO x"), "GRANT pg_monitor TO x");
  assertEquals(grantIn("No right"), undefined);
});
