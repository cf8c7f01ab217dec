import { assertEquals } from "@std/assert";
import type { Line } from "../../../src/report/styled_text/line.ts";
import {
  eventSection,
  findingSection,
  primaryLines,
  slotSection,
  subscriptionSection,
} from "../../../src/report/terminal/sections.ts";
import {
  cluster,
  event,
  finding,
  NOON,
  report,
  slot,
  standby,
  unreachedServer,
  withoutPrimary,
} from "./reports.ts";
import { DISABLED, manySubscriptions, SUBSCRIPTION } from "../subscription_views.ts";

const texts = (lines: readonly Line[]) => lines.map((line) => line.map(({ text }) => text).join(""));
const primaryOf = (one: ReturnType<typeof cluster>) => texts(primaryLines(report([one])))[0];

Deno.test("primaryLines() has position, WAL rate and synchronous commit", () => {
  assertEquals(
    primaryOf(cluster([])),
    "   PRIMARY primary  0/5000148  WAL 1.2 MiB/s  sync 1/1 +1  timeline 1",
  );
});

Deno.test("primaryLines() shows a primary that is down, without a rate", () => {
  assertEquals(
    primaryOf(withoutPrimary([standby("standby")])),
    "!! PRIMARY primary  DOWN, last known:  0/5000148  " +
      "Cannot connect to primary: connection refused; check that PostgreSQL runs there  sync 1/1 +1  timeline 1",
  );
});

Deno.test("primaryLines() shows a missing primary, and two", () => {
  assertEquals(
    primaryOf(cluster([], { primary: null, name: "main" })),
    "?  PRIMARY of main  none seen so far",
  );
  assertEquals(
    primaryOf(cluster([], { primaries: ["primary", "standby"] }))?.slice(0, 58),
    "!! PRIMARY primary  SPLIT BRAIN: primary, standby  0/50001",
  );
});

Deno.test("primaryLines() counts waiting commits", () => {
  const synchronous = { names: "x", required: 2, met: 1, spare: 0, status: "critical" } as const;
  const line = (waiting: number | null, oldest: number | null) =>
    primaryOf(cluster([], {
      synchronous: { ...synchronous, commits_waiting: waiting, oldest_wait_seconds: oldest },
    }))?.match(/sync .*?(?= {2})/)?.[0];
  assertEquals(line(3, 75), "sync 1/2, 3 waiting 1m15s");
  assertEquals(line(null, null), "sync 1/2");
  assertEquals(
    primaryOf(cluster([], {
      synchronous: { ...synchronous, required: 0, commits_waiting: 0, oldest_wait_seconds: null },
    }))?.match(/sync .*?(?= {2})/)?.[0],
    "sync off",
  );
});

Deno.test("primaryLines() names servers of no cluster", () => {
  assertEquals(texts(primaryLines(report([], { unassigned_servers: [unreachedServer("db9")] }))), [
    "?  SERVER db9  Cannot connect to db9: connection refused; check that PostgreSQL runs there",
  ]);
});

Deno.test("slotSection() has slots lost or close to their limit, the closest first", () => {
  const slots = [
    slot("far", { status: "healthy", headroom_ratio: 0.9, lost_in_seconds: null }),
    slot("half", { status: "healthy", headroom_ratio: 0.4, lost_in_seconds: null }),
    slot("near", { headroom_ratio: 0.1 }),
    slot("soon", { status: "healthy", headroom_ratio: null, lost_in_seconds: 600, lag_bytes: null }),
    slot("gone", {
      status: "critical",
      wal_status: "lost",
      headroom_ratio: null,
      lost_in_seconds: 0,
      active: false,
      invalidation_reason: "wal_removed",
    }),
    slot("unlimited", { status: "healthy", headroom_ratio: null, lost_in_seconds: null }),
  ];
  assertEquals(texts(slotSection(report([cluster([], { slots })])).lines), [
    "!! primary:gone  lost, inactive, keeps 700.0 MiB, wal_removed",
    "!  primary:near  extended, 10% left, lost in 2h05m, keeps 700.0 MiB",
    "   primary:half  extended, 40% left, keeps 700.0 MiB",
    "   primary:soon  extended, lost in 10m00s, keeps ?",
  ]);
});

Deno.test("findingSection() has age, server and summary", () => {
  const findings = [
    finding("a", { severity: "critical", subject: "slot_a" }),
    finding("b", { severity: "info", since_unix_seconds: NOON, subject: "standby" }),
  ];
  assertEquals(texts(findingSection(report([], { findings })).lines), [
    "!!   3m12s  standby, slot_a  Replay is paused",
    "      0.0s  standby  Replay is paused",
  ]);
});

Deno.test("eventSection() has the latest first, with the day if not today", () => {
  const events = [event(86_400), event(60, { message: "" }), event(3, { server: "a", message: "m" })];
  assertEquals(texts(eventSection(report([], { events })).lines), [
    "   11:59:57  a  m",
    "   11:59:00  standby2  detached",
    "   11-20 12:00:00  standby2  standby2 no longer receives WAL from primary",
  ]);
});

Deno.test("subscriptionSection() has a line each, the worst first, in columns", () => {
  const unknown = {
    ...SUBSCRIPTION,
    name: "abroad",
    publisher: null,
    reason: null,
    lag_seconds: null,
    total_tables: null,
  };
  assertEquals(
    texts(subscriptionSection(report([], { subscriptions: [SUBSCRIPTION, unknown, DISABLED] })).lines),
    [
      "!  pub => sub:prices  disabled   12.3s  4 of 4 tables  3 apply errors  It is disabled (ALTER SUBSCRIPTION ... DISABLE)",
      "   pub => sub:orders  streaming   0.4s  4 of 4 tables  no error",
      "   ? => sub:abroad    ?              ?  ? tables       no error  It receives and applies",
    ],
  );
  assertEquals(subscriptionSection(report([])).lines, []);
});

Deno.test("subscriptionSection() cuts long names, and leaves 200 to the screen", () => {
  const [line = ""] = texts(
    subscriptionSection(report([], { subscriptions: [{ ...SUBSCRIPTION, name: "n".repeat(60) }] })).lines,
  );
  assertEquals(line.indexOf("streaming"), 39);
  assertEquals(subscriptionSection(report([], { subscriptions: manySubscriptions(200) })).lines.length, 200);
});
