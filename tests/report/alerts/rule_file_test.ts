import { assert, assertEquals, assertMatch } from "@std/assert";
import { catalogue } from "../../../src/cli/catalogue.ts";
import { occupiedNames } from "../../../src/metrics/definition.ts";
import { LAG_UNKNOWN_REASONS } from "../../../src/domain/lag.ts";
import { CATCH_UP_VERDICTS, STANDBY_REASONS } from "../../../src/domain/standby.ts";
import { alertGroups, recordings } from "../../../src/report/alerts/catalogue.ts";
import { buildRuleFile } from "../../../src/report/alerts/rule_file.ts";
import { findProgram, runWithInput } from "../../exposition/programs.ts";
import { runProgram } from "../../cli/program.ts";
import { SUBSCRIPTION_REASONS } from "../../../src/domain/subscription.ts";

const alerts = alertGroups.flatMap((group) => group.alerts);
const expressions = [...alerts, ...recordings].map(({ expression }) => expression);

/** Families that an expression names, with the labels that it selects by. */
function selectorsOf(
  expression: string,
): readonly { readonly name: string; readonly labels: readonly string[] }[] {
  return [...expression.matchAll(/\b(pgrepl?_[a-z_0-9]+|pg_[a-z_0-9]+)\b(?:\{([^}]*)\})?/g)].map(
    ([, name = "", matchers = ""]) => ({
      name,
      labels: [...matchers.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)].map(([, label = ""]) => label),
    }),
  );
}

Deno.test("every rule names families and labels of the catalogue only", () => {
  for (const expression of expressions) {
    const selectors = selectorsOf(expression);
    assert(selectors.length > 0, expression);
    for (const { name, labels } of selectors) {
      const family = catalogue.find((each) => [each.name, ...occupiedNames(each)].includes(name));
      assert(family !== undefined, `${name} in ${expression} is no metric of ours`);
      const known = family.type === "histogram" ? [...family.labels, "le"] : family.labels;
      assertEquals(labels.filter((label) => !known.includes(label)), [], expression);
    }
  }
});

Deno.test("every state that a rule selects by is one that the program knows", () => {
  const states = new Set(
    expressions.flatMap((expression) =>
      [...expression.matchAll(/(?:reason|state|status|verdict|role|severity)(?:!?=|[=!]~)"([^"]+)"/g)]
        .flatMap(([, values = ""]) => values.split("|"))
    ),
  );
  const known = [
    ...[...STANDBY_REASONS, ...LAG_UNKNOWN_REASONS, ...CATCH_UP_VERDICTS, ...SUBSCRIPTION_REASONS],
    ...["paused", "lost", "primary", "standby", "critical", "warning", "different", "firing"],
  ];
  assertEquals([...states].filter((state) => !known.includes(state)), []);
});

Deno.test("every alert has a name of its own, a summary, something to look at and something to do", () => {
  assertEquals(new Set(alerts.map(({ name }) => name)).size, alerts.length);
  for (const { name, summary, meaning, look, steps } of alerts) {
    assertMatch(name, /^Pgrepl[A-Z][A-Za-z]+$/);
    assert(!summary.endsWith(".") && meaning.endsWith("."), name);
    assert(look.length > 0 && steps.length > 0, name);
  }
});

Deno.test("buildRuleFile() leaves out a wait of nothing and names the runbook", () => {
  const alert = {
    name: "PgreplX",
    severity: "critical",
    expression: "pgrepl_up == 0",
    forSeconds: 0,
    summary: "S",
    meaning: "M.",
    look: [],
    steps: [],
  } as const;
  const group = { name: "g", title: "G", alerts: [alert, { ...alert, name: "PgreplY", forSeconds: 30 }] };
  assertEquals(
    buildRuleFile([group], { recordings: [], runbookUrl: "https://wiki/" }).groups.at(-1)?.rules,
    [
      {
        alert: "PgreplX",
        expr: "pgrepl_up == 0",
        labels: { severity: "critical" },
        annotations: { summary: "S", description: "M.", runbook_url: "https://wiki/PgreplX" },
      },
      {
        alert: "PgreplY",
        expr: "pgrepl_up == 0",
        for: "30s",
        labels: { severity: "critical" },
        annotations: { summary: "S", description: "M.", runbook_url: "https://wiki/PgreplY" },
      },
    ],
  );
});

const promtool = await findProgram("promtool");

Deno.test({
  name: `promtool accepts the rules${promtool === null ? " (skipped: promtool is not installed)" : ""}`,
  ignore: promtool === null,
  async fn() {
    const { code, stdout } = await runProgram(["rules"]);
    assertEquals(code, 0);
    const path = await Deno.makeTempFile({ suffix: ".yml" });
    try {
      await Deno.writeTextFile(path, stdout);
      const { code: verdict, stdout: said } = await runWithInput("promtool", {
        args: ["check", "rules", path],
        input: "",
      });
      assertEquals(verdict, 0, said);
      assert(said.includes(`${alerts.length + recordings.length} rules found`), said);
    } finally {
      await Deno.remove(path);
    }
  },
});
