import { assert, assertEquals } from "@std/assert";
import { alertGroups } from "../../src/report/alerts/catalogue.ts";
import { findProgram } from "../exposition/programs.ts";
import { alertCases } from "./cases.ts";
import { type RuleTest, testRules } from "./recording.ts";

const promtool = await findProgram("promtool");
const skipped = promtool === null ? " (skipped: promtool is not installed)" : "";
const END_SECONDS = 29 * 60;

/** Instance of the series of a case, as its alert shows it. */
function instanceOf(series: Readonly<Record<string, string>>): string {
  return /instance="(\w+)"/.exec(Object.keys(series)[0] ?? "")?.[1] ?? "";
}

Deno.test("every alert has a case in which it fires and one in which it stays quiet", () => {
  const names = alertGroups.flatMap(({ alerts }) => alerts.map(({ name }) => name));
  assertEquals(Object.keys(alertCases).sort(), names.sort());
});

Deno.test({
  name: `each alert fires when it should and stays quiet when it should not, on made-up series${skipped}`,
  ignore: promtool === null,
  async fn() {
    const tests = Object.entries(alertCases).flatMap(
      ([name, { fires, firesToo, quiet, silenced = [] }]): RuleTest[] => {
        const base = { intervalSeconds: 60, only: name };
        const firing = [fires, ...(firesToo === undefined ? [] : [firesToo])].map((series) => {
          const instance = instanceOf(series);
          return {
            ...base,
            name: `${name} fires`,
            series,
            expectations: [{
              atSeconds: END_SECONDS,
              firing: [instance === "" ? name : `${name} ${instance}`],
            }],
          };
        });
        return [
          ...firing,
          ...[quiet, ...silenced.map((series) => ({ ...fires, ...series }))].map((series) => ({
            ...base,
            name: `${name} stays quiet`,
            series,
            expectations: [{ atSeconds: END_SECONDS, firing: [] }],
          })),
        ];
      },
    );
    const { isPassed, said } = await testRules(tests);
    assert(isPassed, said);
  },
});

Deno.test({
  name: `a rule that is wrong would be noticed${skipped}`,
  ignore: promtool === null,
  async fn() {
    const { isPassed, said } = await testRules([{
      name: "wrong",
      intervalSeconds: 60,
      series: { 'pgrepl_up{instance="s"}': "1x30" },
      only: "PgreplServerDown",
      expectations: [{ atSeconds: END_SECONDS, firing: ["PgreplServerDown s"] }],
    }]);
    assert(!isPassed && said.includes("PgreplServerDown"), said);
  },
});
