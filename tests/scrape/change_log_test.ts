import { assertEquals } from "@std/assert";
import type { LogFields, Logger } from "../../src/domain/log.ts";
import type { CollectorRun, ServerSnapshot } from "../../src/domain/view.ts";
import { ChangeLog } from "../../src/scrape/change_log.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";
import { serverFact } from "../fixtures/server_fact.ts";

function recorder() {
  const lines: [string, string, LogFields][] = [];
  const at = (level: string) => (message: string, fields: LogFields = {}) => {
    lines.push([level, message, fields]);
  };
  const logger: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  const clock = new FakeClock();
  return { log: new ChangeLog({ logger, clock }), lines, clock };
}

function snapshot(changes: Partial<ServerSnapshot> = {}): ServerSnapshot {
  return {
    server: "standby",
    cluster: "",
    up: true,
    trouble: null,
    role: "standby",
    readAt: 0,
    facts: { server: [serverFact({ inRecovery: true })] },
    runs: [],
    connectDurationSeconds: 0.01,
    collectionDurationSeconds: 0.01,
    ...changes,
  };
}

const down = snapshot({
  up: false,
  trouble: { kind: "refused", step: "connect", sqlstate: null, message: "Cannot connect" },
});

function run(
  collector: CollectorRun["collector"],
  outcome: CollectorRun["outcome"],
  reason = "",
): CollectorRun {
  return { collector, outcome, reason, durationSeconds: 0 };
}

Deno.test("ChangeLog writes one line for a repeated failure and its count when the server is back", async () => {
  const { log, lines, clock } = recorder();
  log.observe(snapshot());
  for (let failure = 0; failure < 7; failure++) {
    log.observe(down);
    await clock.advance(2);
  }
  log.observe(snapshot());
  log.observe(snapshot());
  assertEquals(lines.map(([level, message]) => [level, message]), [
    ["info", "Watching server"],
    ["error", "Lost connection to server"],
    ["info", "Server is reachable again"],
  ]);
  assertEquals(lines[2]?.[2], { server: "standby", role: "standby", after_seconds: 14, failures: 7 });
});

Deno.test("ChangeLog writes a new line when the error changes", () => {
  const { log, lines } = recorder();
  log.observe(down);
  log.observe(snapshot({
    up: false,
    trouble: { kind: "starting", step: "authenticate", sqlstate: "57P03", message: "Cannot log in" },
  }));
  assertEquals(lines.map(([, message, fields]) => [message, fields.kind]), [
    ["Cannot reach server", "refused"],
    ["Cannot reach server", "starting"],
  ]);
});

Deno.test("ChangeLog writes each event once, except those covered by the line about the server", () => {
  const { log, lines } = recorder();
  const event = { at: 0, unixSeconds: 0 };
  log.observe(snapshot());
  log.observe(down);
  log.logEvents([
    { ...event, kind: "unreachable", server: "standby", message: 'Server "standby" is not reached' },
    { ...event, kind: "detached", server: "standby", message: 'Standby "standby" no longer streams' },
    { ...event, kind: "split_brain", server: "cluster", message: "Two primaries" },
  ]);
  log.logEvents([]);
  assertEquals(lines.map(([level, message]) => [level, message]), [
    ["info", "Watching server"],
    ["error", "Lost connection to server"],
    ["warn", 'Standby "standby" no longer streams'],
    ["error", "Two primaries"],
  ]);
  assertEquals(lines[2]?.[2], { event: "detached", server: "standby" });
});

Deno.test("ChangeLog writes a missing right once, with every collector that needs it", () => {
  const { log, lines } = recorder();
  const reason = 'Role "plain" may not read all statistics; run: GRANT pg_monitor TO plain';
  const lacking = snapshot({
    runs: [run("senders", "skipped", reason), run("wal_directory", "skipped", reason)],
  });
  log.observe(lacking);
  log.observe(lacking);
  assertEquals(lines.slice(1), [["warn", reason, {
    server: "standby",
    collectors: "senders,wal_directory",
  }]]);
});

Deno.test("ChangeLog writes when a collector starts and stops failing", () => {
  const { log, lines } = recorder();
  log.observe(snapshot({ runs: [run("wal_directory", "failed", "statement timeout")] }));
  log.observe(snapshot({ runs: [run("wal_directory", "failed", "statement timeout")] }));
  log.observe(snapshot({ runs: [run("wal_directory", "ok")] }));
  assertEquals(lines.slice(1).map(([level, message]) => [level, message]), [
    ["warn", "Collector failed"],
    ["info", "Collector works again"],
  ]);
});

Deno.test("ChangeLog writes rejected samples once while they stay the same", () => {
  const { log, lines } = recorder();
  const rejection = { family: "pgrepl_up", reason: "there twice", samples: 1 };
  log.rejected([rejection]);
  log.rejected([rejection]);
  log.rejected([]);
  log.rejected([rejection]);
  assertEquals(lines.map(([level]) => level), ["error", "error"]);
});
