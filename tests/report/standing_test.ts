import { assertEquals } from "@std/assert";
import type { ReportConsistency } from "../../src/report/model.ts";
import { standingOf } from "../../src/report/standing.ts";

const EQUAL: ReportConsistency = {
  standby: "standby",
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
        "Found 1 min 30 s ago; the latest check could not tell (busy): It changed",
      ],
    }],
    ["equal and different before", { conclusive_verdict: "equal" }, {
      verdict: "equal",
      status: "healthy",
      reasons: [],
    }],
    ["a word of a later release", { verdict: "postponed", reason: "Later" }, {
      verdict: "postponed",
      status: "unknown",
      reasons: ["Later"],
    }],
  ] as const
) {
  Deno.test(`standingOf() a table that is ${name}`, () => {
    assertEquals(standingOf({ ...EQUAL, ...changes }), expected);
  });
}
