import { assertEquals } from "@std/assert";
import { ReportedStandbys } from "../../src/scrape/reported_standbys.ts";

const POSITIONS = { flushed: 900n, replayed: 900n };

/** Reports of standbys `b` (process 7) and `c` (process 8), of which some are current. */
function reportsOf(current: ReadonlySet<string>): ReportedStandbys {
  return new ReportedStandbys({
    fedBy: () => new Map([[7, "b"], [8, "c"]]),
    sampleReport: (standby) => current.has(standby),
  });
}

Deno.test("ReportedStandbys has only those asked at once that relied on an earlier report", () => {
  const current = new Set(["b", "c"]);
  const reports = reportsOf(current);
  const take = (at: number, pids: readonly number[]) =>
    reports.take("a", { at, reported: new Map(pids.map((pid) => [pid, POSITIONS])) });
  const at = (standby: string, now: number) => reports.at(standby, { now, turnSeconds: 1 });
  assertEquals(take(0, [7]), [], "c asks for itself anyway");
  assertEquals([at("b", 1), at("c", 1)], [0, null]);
  assertEquals(take(1, [7, 8]), []);
  current.delete("b");
  assertEquals(take(2, [7, 8]), ["b"], "b is behind what its primary wrote");
  assertEquals([at("b", 3), at("c", 3)], [null, 2]);
  assertEquals(take(3, []), ["c"], "its sender is gone");
  assertEquals(take(4, []), []);
});

Deno.test("a report counts for the next turn, also when that comes late", () => {
  const reports = reportsOf(new Set(["b"]));
  reports.take("a", { at: 0, reported: new Map([[7, POSITIONS]]) });
  assertEquals(reports.at("b", { now: 1.4, turnSeconds: 1 }), 0);
  assertEquals(reports.at("b", { now: 1.6, turnSeconds: 1 }), null);
  assertEquals(reports.at("b", { now: 1, turnSeconds: 1 }), null, "one that is too old is forgotten");
  reports.take("a", { at: 2, reported: new Map([[7, POSITIONS]]) });
  reports.forget("b");
  assertEquals(reports.at("b", { now: 2, turnSeconds: 1 }), null);
});
