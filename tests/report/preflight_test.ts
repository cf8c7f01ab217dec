import { assertEquals } from "@std/assert";
import { derivePreflight } from "../../src/cluster/preflight/derive_preflight.ts";
import { derivePreflightReport } from "../../src/report/preflight.ts";
import { behind, GONE, ORPHANS, trio } from "../cluster/preflight/scenes.ts";

const MADE = { wallNow: 1_795_000_000, build: { version: "1.2.3", revision: "abc" } };

Deno.test("derivePreflightReport() formats positions, and keeps unknown values null", () => {
  const report = derivePreflightReport(
    derivePreflight(trio({ standby: { server: behind(0, 4096) } }), "standby"),
    MADE,
  );
  assertEquals(report.loss, {
    bytes: 0,
    at_least_bytes: 0,
    seconds: 0,
    seconds_are_at_most: false,
    basis: "primary_now",
    basis_lsn: "0/5000000",
    basis_age_seconds: 0.5,
    received_lsn: "0/5000000",
    replayed_lsn: "0/4FFF000",
  });
  assertEquals([report.version, report.verdict, report.timestamp], [1, "go", "2026-11-18T11:06:40.000Z"]);
  assertEquals(report.standbys, [{
    name: "standby2",
    configured: true,
    action: "repoint",
    because: 'It follows "primary" now',
    ahead_bytes: 0,
    slot: "standby2",
  }]);
  assertEquals(report.slots.map(({ name, fate }) => `${name} ${fate}`), [
    "standby unused",
    "standby2 create",
  ]);
  const nothing = derivePreflightReport(derivePreflight(trio(), "nobody"), MADE);
  assertEquals(Object.values(nothing.loss).filter((value) => value !== null && value !== false), []);
});

Deno.test("a preflight report survives JSON", () => {
  const view = trio({ ...ORPHANS, snapshots: { primary: GONE } });
  const report = derivePreflightReport(derivePreflight(view, "standby"), MADE);
  assertEquals(JSON.parse(JSON.stringify(report)), report);
});
