import { assertEquals } from "@std/assert";
import { runChecks } from "../../src/cluster/findings/run_checks.ts";
import { DEFAULT_REPORT_THRESHOLDS } from "../../src/domain/thresholds.ts";
import type { View } from "../../src/domain/view.ts";
import { deriveReport } from "../../src/report/derive.ts";
import { deriveDoctor } from "../../src/report/doctor.ts";
import type { Report } from "../../src/report/model.ts";
import { override } from "../cluster/build_view.ts";
import { recovery, settings } from "../cluster/fixtures.ts";
import { down, NOW, viewOf, withoutFacts } from "../cluster/findings/views.ts";

/** The report of a view, with what its checks find. */
function reportOf(view: View): Report {
  const findings = runChecks(view).map((finding) => ({ ...finding, since: NOW - 90 }));
  return deriveReport({ ...view, findings }, {
    now: NOW,
    wallNow: 1_795_000_000,
    build: { version: "1.2.3", revision: "abc" },
    thresholds: DEFAULT_REPORT_THRESHOLDS,
  });
}

const paused = viewOf({
  standby: { recovery: [recovery({ pauseState: "paused" })] },
  derived: { lag: { bytes: 5 } },
});
const unchecked = viewOf({ primary: { settings: [settings({ dataChecksums: false })] } });

Deno.test("a healthy cluster is ok, and so is one of which there is only something to know", () => {
  const healthy = deriveDoctor(reportOf(viewOf()));
  assertEquals([healthy.status, healthy.findings.filter(({ severity }) => severity !== "info")], ["ok", []]);
  const info = deriveDoctor(reportOf(unchecked));
  assertEquals([info.status, info.counts.info > 0], ["ok", true]);
});

Deno.test("the worst finding is the status", () => {
  const { status, counts, headline, findings } = deriveDoctor(reportOf(paused));
  assertEquals([status, counts.warning, findings[0]?.check], ["warning", 1, "replay_paused"]);
  assertEquals(headline.startsWith("Warning: 1 warning"), true, headline);
  const stranded = override(paused, { servers: { standby: { isStranded: true } } });
  assertEquals(deriveDoctor(reportOf(stranded)).status, "critical");
});

Deno.test("critical when no server is reached, as in the report", () => {
  const gone = viewOf({ primarySnapshot: down({}), standbySnapshot: down({ kind: "refused" }) });
  const { status, headline, findings, servers } = deriveDoctor(reportOf(gone));
  assertEquals(status, "critical");
  assertEquals(
    /^Critical: 2 critical \(\d+ checks on 0 of 2 servers; \d+ checks could not look/.test(headline),
    true,
    headline,
  );
  assertEquals(findings.length > 0, true);
  assertEquals(servers.map(({ name, up }) => [name, up]), [["primary", false], ["standby", false]]);
});

Deno.test("what only a status says is told besides the findings, and is the status as in the report", () => {
  const view = viewOf({ derived: { lag: { seconds: null, bytes: null, source: null } } });
  const report = reportOf({ ...view, findings: [] });
  const { status, besides, headline } = deriveDoctor(report);
  assertEquals([report.status, status], ["unknown", "unknown"]);
  assertEquals(besides.map((each) => each.status), ["unknown"]);
  assertEquals(headline.startsWith("Unknown: 1 besides, "), true, headline);
  assertEquals(deriveDoctor(report, { check: "clock_off" }).besides, []);
});

Deno.test("one check alone has a status of its own; unknown when it could look nowhere", () => {
  const of = (view: View, check: string) => {
    const { status, findings, checks } = deriveDoctor(reportOf(view), { check });
    return [status, findings.length, checks.length];
  };
  assertEquals(of(paused, "replay_paused"), ["warning", 1, 1]);
  assertEquals(of(paused, "clock_off"), ["ok", 0, 1]);
  assertEquals(of(withoutFacts(viewOf(), ["archive_queue"]), "archive_backlog"), ["unknown", 0, 1]);
});

Deno.test("what the doctor says is the same after a way through JSON", () => {
  const said = deriveDoctor(reportOf(paused));
  assertEquals(JSON.parse(JSON.stringify(said)), said);
});
