import { assertEquals, assertStringIncludes } from "@std/assert";
import { describeFolded, foldFindings, namesOfOthers, withoutNames } from "../../src/report/fold_findings.ts";
import type { ReportFinding } from "../../src/report/model.ts";
import { renderDoctorText } from "../../src/report/doctor_text.ts";
import { deriveDoctor } from "../../src/report/doctor.ts";
import { FINDING, TROUBLED } from "./page/reports.ts";

/** A finding on a slot, with advice that names it. */
function ofSlot(subject: string, changes: Partial<ReportFinding> = {}): ReportFinding {
  return {
    ...FINDING,
    check: "slot_inactive",
    severity: "warning",
    server: "primary",
    subject,
    summary: `Slot "${subject}" is inactive`,
    advice: `If unused: SELECT pg_drop_replication_slot('${subject}')`,
    ...changes,
  };
}

function told(findings: readonly ReportFinding[]): readonly string[] {
  return foldFindings(findings).map(describeFolded);
}

Deno.test("foldFindings() tells more than three equal findings as one, the first of them", () => {
  const four = ["d", "a", "b", "c"].map((name) => ofSlot(name));
  assertEquals(told([FINDING, ...four]), [FINDING.summary, 'Slot "d" is inactive, and 3 more like it']);
  assertEquals(told(four.slice(1)), ['Slot "a" is inactive', 'Slot "b" is inactive', 'Slot "c" is inactive']);
});

Deno.test("foldFindings() keeps apart what differs in severity, cluster, check or advice", () => {
  const others: readonly Partial<ReportFinding>[] = [
    { severity: "critical" },
    { cluster: "another" },
    { check: "another" },
    { advice: "Leave it: another program moves it" },
  ];
  for (const changes of others) {
    const findings = ["a", "b", "c", "d"].map((name) => ofSlot(name));
    assertEquals(told([...findings, ofSlot("e", changes)]).length, 2, JSON.stringify(changes));
  }
});

Deno.test("namesOfOthers() names the server only where there are several", () => {
  const names = (findings: readonly ReportFinding[]) =>
    foldFindings(findings).map((folded) => namesOfOthers(folded, TROUBLED.clusters));
  assertEquals(names(["a", "b", "c", "d"].map((name) => ofSlot(name))), [["b", "c", "d"]]);
  assertEquals(
    names(["a", "b", "c"].map((name) => ofSlot(name)).concat(ofSlot("d", { server: "standby" }))),
    [
      ["primary, b", "primary, c", "standby, d"],
    ],
  );
});

Deno.test("withoutNames() leaves no name and no number, but an apostrophe is none", () => {
  assertEquals(
    withoutNames(`On "a": SELECT f('b', 12); the standby's log and the primary's`),
    `On …: SELECT f(…, …); the standby's log and the primary's`,
  );
});

Deno.test("doctor folds equal findings unless it lists all", () => {
  const findings = Array.from({ length: 50 }, (_, index) => ofSlot(`slot_${index}`));
  const doctor = deriveDoctor({ ...TROUBLED, findings });
  const short = renderDoctorText(doctor, { width: 100, color: false, most: 30 });
  assertStringIncludes(short, 'Slot "slot_0" is inactive, and 49 more like it');
  assertStringIncludes(
    short.replaceAll(/\s+/g, " "),
    "slot_10 and 39 more (--all lists each with its advice)",
  );
  assertEquals(renderDoctorText(doctor, { width: 100, color: false }).match(/is inactive$/gm)?.length, 50);
});
