import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { eventKey, plainEvent, plainLine, plainTrouble } from "../../../src/report/terminal/plain.ts";
import {
  cluster,
  event,
  HOSTILE_NAMES,
  NOON,
  report,
  standby,
  TROUBLED,
  unreachedServer,
  WELL,
  withoutPrimary,
} from "./reports.ts";
import { DISABLED, manySubscriptions, SUBSCRIPTION } from "../subscription_views.ts";

Deno.test("plainLine() is one line with all standbys", () => {
  assertEquals(
    plainLine(WELL),
    "2026-11-21T12:00:00Z healthy primary=primary 0/5000148 WAL 1.2 MiB/s | " +
      "standby=standby lag 0.0s 0 B streaming replay 1.2 MiB/s | " +
      "standby=standby2 lag 0.0s 0 B streaming replay 1.2 MiB/s",
  );
});

Deno.test("plainLine() shows problems, and counts findings", () => {
  assertEquals(
    plainLine(TROUBLED),
    "2026-11-21T12:00:00Z critical primary=main/primary 0/5000148 WAL 1.2 MiB/s | " +
      "standby=main/standby3 lag 0.4s 8.0 KiB streaming replay 1.2 MiB/s | " +
      "standby=main/standby lag 3m12s 14.0 MiB paused warning | " +
      "standby=main/standby2 lag ? ? lost critical | 2 findings",
  );
});

Deno.test("plainLine() with a primary that is down, none, and servers of no cluster", () => {
  const down = withoutPrimary([standby("s", { reason: null, connected: false, catch_up_seconds: 9 })]);
  const line = plainLine(
    report([down, cluster([], { primary: null, name: "b" })], { unassigned_servers: [unreachedServer("x")] }),
  );
  assertEquals(
    line,
    "2026-11-21T12:00:00Z healthy primary=primary down 0/5000148 WAL ? | " +
      "standby=s lag 0.0s 0 B disconnected replay 1.2 MiB/s catch-up 9.0s | primary=b/? | " +
      "server=x Cannot connect to x: connection refused; check that PostgreSQL runs there",
  );
});

Deno.test("plain lines stay one line for any name", () => {
  for (const name of HOSTILE_NAMES) {
    const lines = [
      plainLine(report([cluster([standby(name)], { name })])),
      plainEvent(event(1, { server: name, message: name })),
      plainTrouble(NOON, { since: NOON, source: name, message: name }),
    ];
    assertEquals(lines.filter((line) => /[\p{Cc}\p{Cf}\p{Cs}]/u.test(line)), []);
  }
});

Deno.test("plainEvent() and plainTrouble() have timestamps", () => {
  assertEquals(
    plainEvent(event(60)),
    "2026-11-21T11:59:00Z event detached standby2: standby2 no longer receives WAL from primary",
  );
  assertEquals(
    plainTrouble(NOON, { since: NOON - 9, source: "http://db1:9188", message: "connection refused" }),
    "2026-11-21T12:00:00Z unknown no report from http://db1:9188 since 2026-11-21T11:59:51Z: connection refused",
  );
});

Deno.test("eventKey() distinguishes events", () => {
  assertEquals(eventKey(event(1)), eventKey(event(1)));
  assertNotEquals(eventKey(event(1)), eventKey(event(2)));
  assertNotEquals(eventKey(event(1)), eventKey(event(1, { kind: "attached" })));
});

Deno.test("plainLine() has the subscriptions, of many the worst", () => {
  assertEquals(
    plainLine(report([], { subscriptions: [SUBSCRIPTION, DISABLED] })),
    "2026-11-21T12:00:00Z healthy subscription=sub/orders from pub lag 0.4s 4.0 KiB streaming tables 4/4 | " +
      "subscription=sub/prices from pub lag 12.3s 4.0 KiB disabled warning tables 4/4",
  );
  const many = plainLine(report([], { subscriptions: manySubscriptions(200) }));
  assertStringIncludes(many, "| and 180 more subscriptions: 80 warning, 100 healthy");
});
