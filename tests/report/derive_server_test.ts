import { assertEquals } from "@std/assert";
import { viewOf } from "../cluster/findings/views.ts";
import { down } from "../cluster/findings/views.ts";
import { reportOf } from "./golden_views.ts";

const standbyOf = (scene: Parameters<typeof viewOf>[0]) => reportOf(viewOf(scene)).clusters[0]?.servers[1];

Deno.test("deriveReportServer() makes an unreachable server critical, or a warning when that is temporary or concerns the exporter alone", () => {
  assertEquals(standbyOf({})?.status, "healthy");
  const cut = { connected: false, reason: "unreachable" } as const;
  assertEquals(standbyOf({ standbySnapshot: down({}), derived: cut })?.status, "critical");
  assertEquals(standbyOf({ standbySnapshot: down({ kind: "starting" }), derived: cut })?.status, "warning");
  assertEquals(standbyOf({ standbySnapshot: down({ kind: "auth" }) })?.status, "warning");
  assertEquals(
    standbyOf({ standbySnapshot: down({}), derived: { reason: "half_open" } })?.status,
    "critical",
  );
});

Deno.test("deriveReportServer() lists collectors that failed, but not those of a server that is down", () => {
  const runs = [
    { collector: "slots", outcome: "failed", reason: "statement timeout", durationSeconds: 1 },
    { collector: "sync", outcome: "skipped", reason: "no right", durationSeconds: 1 },
  ] as const;
  const failing = standbyOf({ standbySnapshot: { runs } });
  assertEquals(failing?.failed_collectors, ["Collector slots failed: statement timeout"]);
  assertEquals(failing?.status, "warning");
  assertEquals(standbyOf({ standbySnapshot: { runs, ...down({}) } })?.failed_collectors, []);
});

Deno.test("deriveReportServer() writes addresses as they are dialled", () => {
  const addressOf = (host: string) =>
    standbyOf({ standbySnapshot: { address: { host, hostAddress: "", port: 5433 } } })?.address;
  assertEquals([addressOf("db2"), addressOf("::1"), addressOf("/run/postgresql")], [
    "db2:5433",
    "[::1]:5433",
    "/run/postgresql:5433",
  ]);
});
