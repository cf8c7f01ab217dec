import { assertEquals } from "@std/assert";
import { buildInhibitRules } from "../../../src/report/alerts/inhibitions.ts";

Deno.test("buildInhibitRules() matches alerts by name", () => {
  const inhibition = { reason: "R.", sources: ["A", "B"], targets: ["C", "D"], equal: ["cluster"] };
  assertEquals(buildInhibitRules([inhibition]), {
    inhibit_rules: [{
      source_matchers: ['alertname=~"A|B"'],
      target_matchers: ['alertname=~"C|D"'],
      equal: ["cluster"],
    }],
  });
});
