import { assert, assertEquals } from "@std/assert";
import { faultAlerts } from "../../compose/build/fault_alerts.ts";
import { alertGroups } from "../../src/report/alerts/catalogue.ts";
import { inhibitions } from "../../src/report/alerts/inhibitions.ts";
import { runProgram } from "../cli/program.ts";
import { runWithInput } from "../exposition/programs.ts";
import { Alertmanager, alertmanagerConfig, WITHOUT_ALERTMANAGER as missing } from "../live/alertmanager.ts";
import { untilHolds } from "../live/support.ts";

const severities = new Map(
  alertGroups.flatMap(({ alerts }) => alerts.map(({ name, severity }) => [name, severity] as const)),
);
const rows = faultAlerts.filter(({ inhibited }) => inhibited !== undefined);

Deno.test({
  name: `amtool accepts what rules --inhibit prints, in a whole alertmanager.yml${missing}`,
  ignore: missing !== "",
  async fn() {
    const { stdout } = await runProgram(["rules", "--inhibit"]);
    const [rest = ""] = alertmanagerConfig("http://127.0.0.1:1/").split("inhibit_rules:");
    const path = await Deno.makeTempFile({ suffix: ".yml" });
    try {
      await Deno.writeTextFile(path, rest + stdout);
      const { code, stdout: said, stderr } = await runWithInput("amtool", {
        args: ["check-config", path],
        input: "",
      });
      assertEquals(code, 0, said + stderr);
      assert(said.includes(` ${inhibitions.length} inhibit rules`), said);
    } finally {
      await Deno.remove(path);
    }
  },
});

for (const { fault, alert, instances, inhibited = [], recording } of rows) {
  Deno.test({
    name: `Alertmanager notifies one alert: ${fault}${missing}`,
    ignore: missing !== "" || alert === null,
    async fn() {
      await using alertmanager = await Alertmanager.start();
      const labelsOf = (alertname: string, instance: string, cluster: string) => ({
        alertname,
        instance,
        cluster,
        severity: severities.get(alertname) ?? "",
      });
      const page = labelsOf(alert ?? "", instances[0] ?? "", recording);
      const consequences = inhibited.map((each) => labelsOf(each.alert, each.instance, recording));
      // The same in another cluster, where nothing inhibits it.
      const elsewhere = inhibited.slice(-1).map((each) => labelsOf(each.alert, each.instance, "another"));
      await alertmanager.fire([...consequences, page, ...elsewhere]);
      const sorted = (all: readonly Readonly<Record<string, string>>[]) =>
        all.map((each) => JSON.stringify(each)).sort();
      await untilHolds("the page, and the same alert of another cluster", () => {
        assertEquals(
          sorted(
            alertmanager.notified.map(({ alertname = "", instance = "", cluster = "" }) =>
              labelsOf(alertname, instance, cluster)
            ),
          ),
          sorted([page, ...elsewhere]),
        );
      });
    },
  });
}

Deno.test("an alert is only inhibited by one that is at least as urgent", () => {
  for (const { sources, targets } of inhibitions) {
    for (const name of sources) assertEquals(severities.get(name), "critical", name);
    for (const name of targets) assert(severities.has(name), name);
  }
});
