import { assertEquals } from "@std/assert";
import { layFindings } from "../../../src/report/text/finding.ts";
import { writeLines } from "../../../src/report/text/lines.ts";
import { FINDING } from "../page/reports.ts";

Deno.test("layFindings() has all details, separates findings, and leaves out empty details", () => {
  const finding = {
    ...FINDING,
    server: "standby2",
    subject: "",
    summary: "It is cut off",
    since_unix_seconds: 0,
  };
  const text = writeLines(
    layFindings([
      {
        ...finding,
        evidence: "No sender row",
        advice: "Look at its log, then at the network between it and upstream",
      },
      { ...finding, severity: "info", check: "other", evidence: "", advice: "" },
    ], { width: 60, now: 90, clusters: [] }),
    { color: false },
  );
  assertEquals(
    text,
    `${finding.severity.padEnd(8)}  It is cut off
  where     standby2
  evidence  No sender row
  advice    Look at its log, then at the network between it
            and upstream
  seen      since 1970-01-01T00:00:00Z, for 1 min 30 s
  check     standby_disconnected

info      It is cut off
  where     standby2
  seen      since 1970-01-01T00:00:00Z, for 1 min 30 s
  check     other
`,
  );
});
