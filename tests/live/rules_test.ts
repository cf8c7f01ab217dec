import { assert, assertEquals } from "@std/assert";
import { stringify } from "yaml";
import { startCluster } from "../../compose/lab/cluster.ts";
import { alertGroups, recordings } from "../../src/report/alerts/catalogue.ts";
import { buildRuleFile } from "../../src/report/alerts/rule_file.ts";
import { withSelector } from "../../src/report/dashboard/grafana.ts";
import { dashboardRows } from "../../src/report/dashboard/rows.ts";
import { familiesOf } from "../rules/recording.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { Prometheus, WITHOUT_PROMETHEUS as missing } from "./prometheus.ts";
import { until, untilHolds } from "./support.ts";

/** Families without a series in a healthy cluster: each appears with its subject. */
const ONLY_IN_TROUBLE = new Set([
  "pg_data_consistency_check", // no table is checked
  "pgrepl_finding",
  "pgrepl_slot_lost_in_seconds",
  "pgrepl_slot_headroom_ratio", // no limit is set
  "pgrepl_standby_catchup_seconds",
  "pgrepl_standby_falling_behind",
  "pgrepl_sync_oldest_wait_seconds",
  "pgrepl_recovery_conflicts_total",
  "pgrepl_archive_ready_files", // nothing is archived
  "pgrepl_errors_total",
]);

function isRule(
  rule: unknown,
): rule is { readonly name: string; readonly health: string; readonly lastError?: string } {
  return typeof rule === "object" && rule !== null && "name" in rule && "health" in rule;
}

/** Every rule with the result of its latest evaluation. */
async function rulesOf(prometheus: Prometheus): Promise<readonly string[]> {
  const data = await prometheus.get("/api/v1/rules");
  assert(typeof data === "object" && data !== null && "groups" in data && Array.isArray(data.groups));
  return data.groups.flatMap(({ rules }) => {
    assert(Array.isArray(rules));
    return rules.map((rule) =>
      isRule(rule) ? `${rule.name} ${rule.health} ${rule.lastError ?? ""}`.trim() : "?"
    );
  });
}

Deno.test({
  name: `every rule and every panel is evaluated by a real Prometheus that scrapes the lab${missing}`,
  ignore: missing !== "",
  async fn() {
    await using cluster = await startCluster({
      standbys: 2,
      cascade: true,
      load: 5,
      settings: { fsync: "on" },
      logical: { cdc: false },
    });
    const args = cluster.servers.map((server) => `--server=${server.name}=${server.dsn()}`);
    await using exporter = await ServeProcess.start(FROM_SOURCE, {
      args: [...args, "--collect.deadline=30s"],
    });
    const rules = buildRuleFile(alertGroups, { recordings, runbookUrl: "runbooks" });
    const config = {
      global: { evaluation_interval: "1s", scrape_interval: "1s" },
      rule_files: ["rules.yml"],
      scrape_configs: [{
        job_name: "pg-replication",
        honor_labels: true,
        static_configs: [{ targets: [exporter.url.replace("http://", "")] }],
      }],
    };
    await using prometheus = await Prometheus.start(stringify(config), stringify(rules));
    const names = [...recordings, ...alertGroups.flatMap(({ alerts }) => alerts)].map(({ name }) => name);
    await untilHolds("every rule to have been evaluated", async () => {
      assertEquals([...await rulesOf(prometheus)].sort(), names.map((name) => `${name} ok`).sort());
    });

    const panels = dashboardRows.flatMap((row) => row.panels.flatMap(({ queries }) => queries));
    const wanted = familiesOf([...recordings, ...alertGroups.flatMap(({ alerts }) => alerts), ...panels]);
    const absent = new Set<string>();
    for (const name of wanted) {
      const isThere = async () => (await prometheus.query(name)).length > 0;
      if (ONLY_IN_TROUBLE.has(name)) {
        if (!await isThere()) absent.add(name);
      } else await until(`${name} to be in Prometheus`, isThere);
    }
    assert(absent.size > 0);
    for (const { name } of recordings) {
      await until(`${name} to be recorded`, async () => (await prometheus.query(name)).length > 0);
    }
    for (const { expression } of panels) {
      const text = withSelector(expression).replaceAll("$__rate_interval", "1m")
        .replaceAll(/\$(cluster|instance)/g, ".*");
      // It throws when Prometheus does not accept the expression.
      const found = await prometheus.query(text);
      const mayBeEmpty = [...familiesOf([{ expression }])].some((name) => ONLY_IN_TROUBLE.has(name)) ||
        text.includes("==");
      // A scrape of more than a second, as on a busy machine, leaves a gap.
      if (found.length === 0 && !mayBeEmpty) {
        await until(`a series of ${text}`, async () => (await prometheus.query(text)).length > 0);
      }
    }
    await untilHolds("no alert", async () => {
      assertEquals(await prometheus.query('ALERTS{alertname!="PgreplExporterMissing"}'), []);
    });
  },
});
