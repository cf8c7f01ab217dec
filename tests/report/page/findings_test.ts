import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { renderFindings } from "../../../src/report/page/findings.ts";
import { FINDING, NOW, textOf } from "./reports.ts";

const CHECK = { name: "fsync_off", title: "fsync is on", looks_at: "fsync", findings: 0 } as const;

Deno.test("renderFindings() shows summary, evidence, start and advice", () => {
  const html = renderFindings({ findings: [FINDING], checks: [], clusters: [] }, { now: NOW });
  assertEquals(
    textOf(html),
    `1 finding critical Standby "standby2" is not connected standby2 · since 10:23:28 UTC (3 min) · ` +
      `standby_disconnected Evidence No sender row, no receiver What to do On "primary": ` +
      `SELECT pg_create_physical_replication_slot('standby2', true); then look at its log`,
  );
  assertStringIncludes(html.text, "<code>SELECT pg_create");
});

Deno.test("renderFindings() folds findings of severity info", () => {
  const html =
    renderFindings({ findings: [{ ...FINDING, severity: "info" }], checks: [], clusters: [] }, { now: NOW })
      .text;
  assertStringIncludes(textOf(html), "No problems found. 1 note for information");
  assert(html.indexOf('<details class="notes"') < html.indexOf("standby_disconnected"));
});

Deno.test("renderFindings() unfolds the worst, and folds the others", () => {
  const openOf = (...severities: readonly ("critical" | "warning" | "info")[]) => {
    const findings = severities.map((severity, index) => ({ ...FINDING, severity, check: `check${index}` }));
    const { text } = renderFindings({ findings, checks: [], clusters: [] }, { now: NOW });
    return [...text.matchAll(/<li class="(\w+)"[^>]*><details( open)?>/g)].map(([, severity, open]) =>
      `${severity}${open ?? ""}`
    );
  };
  assertEquals(openOf("warning", "warning", "info"), ["warning open", "warning", "info"]);
  assertEquals(openOf("critical", "critical", "critical", "critical", "warning"), [
    "critical open",
    "critical open",
    "critical open",
    "critical",
    "warning",
  ]);
});

Deno.test("renderFindings() unfolds a finding that the advice of an unfolded one of the same server refers to", () => {
  const lag = {
    ...FINDING,
    check: "lag_high",
    severity: "critical",
    advice: "See receiver_not_running",
  } as const;
  const receiver = { ...FINDING, check: "receiver_not_running", severity: "warning" } as const;
  const openOf = (server: string) => {
    const findings = [lag, { ...receiver, server }];
    return [
      ...renderFindings({ findings, checks: [], clusters: [] }, { now: NOW }).text.matchAll(
        /<details open>/g,
      ),
    ]
      .length;
  };
  assertEquals([openOf(lag.server), openOf("another")], [2, 1]);
});

Deno.test("renderFindings() lists the checks, and what they could not check", () => {
  const html = renderFindings({
    clusters: [],
    findings: [],
    checks: [
      { ...CHECK, outcome: "fine", not_checked: [] },
      {
        ...CHECK,
        name: "other",
        outcome: "not_checked",
        not_checked: [{ server: "standby", because: "A right is missing" }],
      },
      { ...CHECK, name: "idle", outcome: "does_not_apply", not_checked: [] },
    ],
  }, { now: NOW });
  assertStringIncludes(
    textOf(html),
    "1 of 3 checks fine, 1 incomplete, 1 does not apply here",
  );
  assertStringIncludes(textOf(html), "fsync is on: not checked standby: A right is missing");
});
