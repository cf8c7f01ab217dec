import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { checks } from "../../src/cluster/findings/checks.ts";
import type { DoctorReport } from "../../src/report/doctor.ts";
import { renderCheckExplanation, renderCheckList, renderDoctorText } from "../../src/report/doctor_text.ts";

const PLAIN = { width: 80, color: false };

const REPORT: DoctorReport = {
  version: 1,
  timestamp: "2026-11-18T11:06:40.000Z",
  timestamp_unix_seconds: 1_795_000_000,
  exporter: { version: "1.2.3", revision: "abc" },
  status: "warning",
  headline: "Warning: 1 warning (4 checks on 1 of 2 servers; 1 check incomplete)",
  counts: { critical: 0, warning: 1, info: 0 },
  findings: [{
    check: "replay_paused",
    severity: "warning",
    server: "standby",
    subject: "",
    summary: 'Replay on standby "standby" is paused',
    evidence: "pause state: paused; 184 B not applied",
    advice: 'On "standby": SELECT pg_wal_replay_resume()',
    since_unix_seconds: 1_794_999_910,
    cluster: "",
    system_identifier: null,
  }],
  besides: [],
  checks: [
    {
      name: "replay_paused",
      title: "Replay is paused nowhere",
      looks_at: "x",
      outcome: "found",
      findings: 1,
      not_checked: [],
    },
    {
      name: "clock_off",
      title: "Clocks agree",
      looks_at: "x",
      outcome: "fine",
      findings: 0,
      not_checked: [],
    },
    {
      name: "archive_backlog",
      title: "The archiver keeps up",
      looks_at: "x",
      outcome: "not_checked",
      findings: 0,
      not_checked: [{ server: "standby", because: "Collector archive_queue is switched off" }],
    },
    {
      name: "sync_short",
      title: "Standbys are there",
      looks_at: "x",
      outcome: "does_not_apply",
      findings: 0,
      not_checked: [],
    },
  ],
  clusters: [],
  servers: [
    { name: "primary", up: false, trouble: "Nothing listens there: check that PostgreSQL runs" },
    { name: "standby", up: true, trouble: "" },
  ],
};

Deno.test("findings with all details, then gaps with reasons, then fine checks", () => {
  assertEquals(
    renderDoctorText(REPORT, PLAIN),
    `Warning: 1 warning (4 checks on 1 of 2 servers; 1 check incomplete)
2026-11-18T11:06:40Z, exporter 1.2.3

FINDINGS
  warning   Replay on standby "standby" is paused
    where     standby
    evidence  pause state: paused; 184 B not applied
    advice    On "standby": SELECT pg_wal_replay_resume()
    seen      since 2026-11-18T11:05:10Z, for 1 min 30 s
    check     replay_paused

UNREACHABLE
  primary  Nothing listens there: check that PostgreSQL runs

NOT CHECKED
  standby  Collector archive_queue is switched off (1 check)
    archive_backlog

FINE
  clock_off  Clocks agree

DO NOT APPLY HERE
  sync_short  Standbys are there
`,
  );
});

Deno.test("a reason shared by many checks is shown once, and so are problems without a finding", () => {
  const gap = { server: "primary", because: "It is unreachable" };
  const text = renderDoctorText({
    ...REPORT,
    besides: [{ status: "unknown", sentence: 'Standby "standby": its lag is not known' }],
    checks: REPORT.checks.map((check) => ({ ...check, outcome: "partly_fine", not_checked: [gap] })),
  }, PLAIN);
  assertStringIncludes(
    text,
    `
OTHER PROBLEMS
  unknown   Standby "standby": its lag is not known

UNREACHABLE
  primary  Nothing listens there: check that PostgreSQL runs

NOT CHECKED
  primary  It is unreachable (4 checks)
    replay_paused, clock_off, archive_backlog, sync_short
`,
  );
});

Deno.test("no line is too wide, and colours only on request", () => {
  const text = renderDoctorText(REPORT, { width: 50, color: false });
  assertEquals(text.split("\n").filter((line) => line.length > 50), []);
  assert(!text.includes("\x1b"));
  assert(renderDoctorText(REPORT, { width: 80, color: true }).includes("\x1b[1;33m"));
});

Deno.test("every check is listed and explained", () => {
  const list = renderCheckList(checks, { width: 100, color: false });
  for (const check of checks) {
    assertStringIncludes(list, check.name);
    const text = renderCheckExplanation(check, { width: 2000, color: false });
    for (
      const words of [check.title, check.meaning, ...check.steps, check.looksAt, check.severities.join(", ")]
    ) {
      assertStringIncludes(text, words);
    }
  }
  assertEquals(renderCheckList([], PLAIN), "");
});
