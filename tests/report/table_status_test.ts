import { assertEquals } from "@std/assert";
import type { ReportConsistency } from "../../src/report/model.ts";
import { tableStatusOf } from "../../src/report/table_status.ts";

const EQUAL: ReportConsistency = {
  standby: "standby",
  subscription: null,
  compared_with: "primary",
  table: "public.t",
  verdict: "equal",
  reason: "",
  difference_from_key: null,
  difference_to_key: null,
  rows_compared: 5,
  age_seconds: 1,
  conclusive_age_seconds: 1,
  conclusive_verdict: "equal",
  conclusive_reason: "",
  window: { after_key: null, up_to_key: null },
  pass_ratio: 1,
  full_pass_age_seconds: 1,
};

for (
  const [name, changes, expected] of [
    ["equal", {}, { verdict: "equal", status: "healthy", reasons: [] }],
    ["busy and never conclusive", {
      verdict: "busy",
      reason: "It changed",
      conclusive_verdict: null,
      conclusive_age_seconds: null,
    }, { verdict: "busy", status: "unknown", reasons: ["It changed"] }],
    ["busy and equal before", { verdict: "busy", reason: "It changed" }, {
      verdict: "busy",
      status: "unknown",
      reasons: ["It changed"],
    }],
    ["failed", { verdict: "failed", reason: "No right" }, {
      verdict: "failed",
      status: "warning",
      reasons: ["No right"],
    }],
    ["busy and different before", {
      verdict: "busy",
      reason: "It changed",
      conclusive_verdict: "different",
      conclusive_reason: "One row differs",
      conclusive_age_seconds: 90.7,
    }, {
      verdict: "different",
      status: "critical",
      reasons: [
        "One row differs",
        "Found 1 min 30 s ago; the latest check was inconclusive (busy): It changed",
      ],
    }],
    ["equal and different before", { conclusive_verdict: "equal" }, {
      verdict: "equal",
      status: "healthy",
      reasons: [],
    }],
    ["equal in one part and different in another", {
      conclusive_verdict: "different",
      conclusive_reason: "One row differs",
      conclusive_age_seconds: 300,
      window: { after_key: "100", up_to_key: null },
      pass_ratio: 0.999,
      full_pass_age_seconds: 60,
    }, {
      verdict: "different",
      status: "critical",
      reasons: [
        "One row differs",
        "Found 5 min ago; the latest check compared other rows",
        "Compared after key 100 to the end; 99 % of the table in this pass; the latest full pass ended 1 min ago",
      ],
    }],
    ["compared in part, of a size that is not known", {
      window: { after_key: null, up_to_key: "(1, a)" },
      pass_ratio: null,
      full_pass_age_seconds: null,
    }, {
      verdict: "equal",
      status: "healthy",
      reasons: [
        "Compared from the first row up to key (1, a); share of the table unknown; no full pass so far",
      ],
    }],
    ["left alone in the middle of a pass", {
      verdict: "skipped",
      reason: "It is not reached",
      window: null,
      pass_ratio: 0.25,
      full_pass_age_seconds: 7200,
    }, {
      verdict: "skipped",
      status: "unknown",
      reasons: [
        "It is not reached",
        "25 % of the table in this pass; the latest full pass ended 2 h ago",
      ],
    }],
    ["a word of a later release", { verdict: "postponed", reason: "Later" }, {
      verdict: "postponed",
      status: "unknown",
      reasons: ["Later"],
    }],
  ] as const
) {
  Deno.test(`tableStatusOf() a table that is ${name}`, () => {
    assertEquals(tableStatusOf({ ...EQUAL, ...changes }), expected);
  });
}
