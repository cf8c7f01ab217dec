import { assertEquals } from "@std/assert";
import { deriveRows, recordLags, type SortKey, titleOf } from "../../../src/report/terminal/rows.ts";
import { cluster, lostStandby, NOON, pausedStandby, report, standby } from "./reports.ts";

const REPORT = report([
  cluster([standby("standby10"), pausedStandby("standby2")], { name: "b" }),
  cluster([lostStandby("standby1"), standby("standby3", { lag_seconds: 0.5 })], {
    name: "a",
    system_identifier: "2",
  }),
]);

const NOTHING = new Map();
const order = (sort: SortKey, isReversed = false) =>
  deriveRows(REPORT, { sort, isReversed, seen: NOTHING }).map(({ title }) => title);

Deno.test("deriveRows() by lag has unknown lags first, then the largest", () => {
  assertEquals(order("lag"), ["a/standby1", "b/standby2", "a/standby3", "b/standby10"]);
  assertEquals(order("lag", true), ["b/standby10", "a/standby3", "b/standby2", "a/standby1"]);
});

Deno.test("deriveRows() by name sorts numbers numerically", () => {
  assertEquals(order("name"), ["a/standby1", "b/standby2", "a/standby3", "b/standby10"]);
});

Deno.test("deriveRows() by cluster, then name", () => {
  assertEquals(order("cluster"), ["a/standby1", "a/standby3", "b/standby2", "b/standby10"]);
});

Deno.test("deriveRows() by lag falls back to bytes, then names", () => {
  const equal = report([
    cluster([standby("b"), standby("a"), standby("c", { lag_bytes: 5 })]),
  ]);
  const rows = deriveRows(equal, { sort: "lag", isReversed: false, seen: NOTHING });
  assertEquals(rows.map(({ title }) => title), ["c", "a", "b"]);
});

Deno.test("recordLags() separates standbys of two clusters, and keeps unknown lags", () => {
  const one = report([
    cluster([standby("standby", { lag_seconds: 1 })]),
    cluster([standby("standby", { lag_seconds: null })], { system_identifier: "2" }),
  ]);
  assertEquals([...recordLags(NOTHING, one).values()], [
    [{ at: NOON, seconds: 1 }],
    [{ at: NOON, seconds: null }],
  ]);
});

Deno.test("recordLags() counts a report once, and drops lags older than an hour and removed standbys", () => {
  const at = (unix: number, name = "standby") =>
    report([cluster([standby(name)])], { timestamp_unix_seconds: unix });
  const first = recordLags(recordLags(NOTHING, at(NOON)), at(NOON));
  assertEquals([...first.values()].map((samples) => samples.length), [1]);
  const second = recordLags(recordLags(first, at(NOON + 3599)), at(NOON + 3600));
  assertEquals([...second.values()].map((samples) => samples.map((one) => one.at - NOON)), [[3599, 3600]]);
  assertEquals(recordLags(second, at(NOON + 3601, "other")).size, 1);
});

Deno.test("deriveRows() joins the report's history with the lags seen since", () => {
  const history = [{ unix_seconds: NOON - 4000, lag_seconds: 7, lag_bytes: 0 }, {
    unix_seconds: NOON - 15,
    lag_seconds: 1,
    lag_bytes: 0,
  }];
  const of = (unix: number) =>
    report([cluster([standby("standby", { lag_history: history, lag_seconds: 2 })])], {
      timestamp_unix_seconds: unix,
    });
  const seen = recordLags(recordLags(NOTHING, of(NOON)), of(NOON + 1));
  const samples = (unix: number) =>
    deriveRows(of(unix), { sort: "lag", isReversed: false, seen })[0]?.samples.map((one) => one.at - NOON);
  assertEquals(samples(NOON + 1), [-15, 0, 1]);
  assertEquals(samples(NOON), [-15, 0], "while paused");
});

Deno.test("titleOf() includes the name of the cluster if it has one", () => {
  assertEquals([titleOf("", "a"), titleOf("main", "a")], ["a", "main/a"]);
});

Deno.test("deriveRows() leaves out the cluster's name when there is only one cluster", () => {
  const titles = (...clusters: Parameters<typeof report>[0]) =>
    deriveRows(report(clusters), { sort: "name", isReversed: false, seen: NOTHING }).map(({ title }) =>
      title
    );
  const orders = cluster([standby("s1")], { name: "orders-production-eu" });
  assertEquals(titles(orders), ["s1"]);
  assertEquals(titles(orders, cluster([], { name: "b", system_identifier: "2" })), [
    "orders-production-eu/s1",
  ]);
});
