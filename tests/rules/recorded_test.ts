import { assert, assertEquals } from "@std/assert";
import { faultAlerts } from "../../compose/build/fault_alerts.ts";
import { FAULTS } from "../../compose/lab/fault_catalogue.ts";
import { alertGroups } from "../../src/report/alerts/catalogue.ts";
import { findProgram } from "../exposition/programs.ts";
import {
  packValues,
  prolonged,
  type Recording,
  ruleTestOf,
  testRules,
  thinned,
  unpackValues,
  withLagSamples,
} from "./recording.ts";

const promtool = await findProgram("promtool");
const skipped = promtool === null ? " (skipped: promtool is not installed)" : "";
const alerts = alertGroups.flatMap((group) => group.alerts);

async function readRecording(name: string): Promise<Recording> {
  return JSON.parse(await Deno.readTextFile(new URL(`recorded/${name}.json`, import.meta.url)));
}

/** Seconds of the last scrape. */
function endOf({ intervalSeconds, series }: Recording): number {
  const [values = ""] = Object.values(series);
  return (unpackValues(values).length - 1) * intervalSeconds;
}

/** Where an alert fires without a finding that it names, on the same server. */
function withoutFinding(name: string): string {
  const { check, names = [] } = alerts.find((alert) => alert.name === name) ?? {};
  return `ALERTS{alertname="${name}",alertstate="firing"} unless on (instance) ` +
    `pgrepl_finding{check=~"${[check, ...names].join("|")}"}`;
}

for (const { recording: name, fault, alert, instances, before, inhibited = [] } of faultAlerts) {
  Deno.test({
    name: `one alert, and from then on no other, in what was recorded: ${fault}${skipped}`,
    ignore: promtool === null,
    async fn() {
      const recording = await readRecording(name);
      const end = endOf(recording);
      const [healed] = recording.acts.filter(({ what }) => what.startsWith("heal"));
      const judgedAt = healed?.atSeconds ?? end;
      const expected = [alert ?? "", before ?? "", ...inhibited.map((each) => each.alert)].filter((each) =>
        each !== ""
      );
      const ofAlert = alert === null ? [] : instances.map((instance) => `${alert} ${instance}`);
      const ofInhibited = inhibited.map((each) => `${each.alert} ${each.instance}`);
      const { isPassed, said } = await testRules([ruleTestOf(name, recording, {
        expectations: [
          { atSeconds: (recording.acts[0]?.atSeconds ?? 60) - 5, firing: [] },
          { atSeconds: judgedAt, firing: [...ofAlert, ...ofInhibited] },
          ...healed === undefined ? [] : [{ atSeconds: end, firing: [] }],
        ],
        nothing: [
          // At no moment another one.
          {
            atSeconds: end,
            expression: `count_over_time(ALERTS{alertstate="firing",severity!="info",alertname!~"${
              expected.join("|")
            }"}[1h])`,
          },
          // The warning has ended when what replaces it fires.
          ...before === undefined ? [] : [{
            atSeconds: end,
            expression:
              `max_over_time((count(ALERTS{alertstate="firing",alertname=~"${alert}|${before}"}) > 1)[1h:5s])`,
          }],
          // Where nothing fires, nothing is critical either.
          ...alert === null
            ? [{ atSeconds: end, expression: 'pgrepl_finding{severity="critical"}' }]
            : [{ atSeconds: judgedAt, expression: withoutFinding(alert) }],
        ],
      })]);
      assert(isPassed, said);
    },
  });
}

/** Long enough for the alert on the budget of the lag, had it not been silenced. */
const PROLONGED_SECONDS = 1200;

async function readProlonged(name: string): Promise<Recording> {
  return thinned(withLagSamples(prolonged(await readRecording(name), PROLONGED_SECONDS)), 6);
}

for (const { recording: name, fault, alert } of faultAlerts) {
  Deno.test({
    name: `no alert on the budget of the lag beside ${
      alert ?? "none"
    }, however long it lasts: ${fault}${skipped}`,
    ignore: promtool === null,
    async fn() {
      const recording = await readProlonged(name);
      const expression =
        'count_over_time(ALERTS{alertname="PgreplStandbyLagBudget",alertstate="firing"}[1h])';
      const nothing = [{ atSeconds: endOf(recording), expression }];
      const { isPassed, said } = await testRules([
        ruleTestOf(name, recording, { expectations: [], nothing }),
      ]);
      assert(isPassed, said);
    },
  });
}

Deno.test({
  name: `the alert on the budget of the lag would fire if no other alert said why${skipped}`,
  ignore: promtool === null,
  async fn() {
    const { series, ...rest } = await readProlonged("conflict");
    const samples = Object.fromEntries(Object.entries(series).filter(([key]) => key.includes("_sampled_")));
    const recording = { ...rest, series: samples };
    const { isPassed, said } = await testRules([{
      ...ruleTestOf("conflict", recording, {
        expectations: [{ atSeconds: endOf(recording), firing: ["PgreplStandbyLagBudget standby"] }],
      }),
      only: "PgreplStandbyLagBudget",
    }]);
    assert(isPassed, said);
  },
});

/** Faults that only end another one. */
const UNDO = [
  ...["thaw", "thaw-receiver", "start", "resume-replay", "release-conflict", "rebuild", "create-slot"],
  ...["release-connections", "restore-password"],
];

Deno.test("the table has every fault of the lab", async () => {
  const recordings = await Promise.all(faultAlerts.map(({ recording }) => readRecording(recording)));
  const acts = recordings.flatMap((recording) => recording.acts.flatMap(({ what }) => what.split("; ")));
  const names = new Set(acts.map((what) => what.split(" ")[0]));
  assertEquals(
    FAULTS.map(({ name }) => name).filter((name) => !names.has(name)),
    FAULTS.map(({ name }) => name).filter((name) => UNDO.includes(name)),
  );
});

Deno.test("packValues() and unpackValues() are each other's way back", () => {
  assertEquals(packValues([null, null, 1, 1, 1, 2.5, null, 1]), "_*2 1*3 2.5 _ 1");
  assertEquals(unpackValues("_*2 1*3 2.5 _ 1"), ["_", "_", "1", "1", "1", "2.5", "_", "1"]);
});
