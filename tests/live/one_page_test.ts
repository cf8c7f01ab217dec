import { assert, assertEquals, assertMatch } from "@std/assert";
import { stringify } from "yaml";
import { startCluster } from "../../compose/lab/cluster.ts";
import { injectFault } from "../../compose/lab/fault_catalogue.ts";
import type { Cluster } from "../../compose/lab/topology.ts";
import { alertGroups, recordings } from "../../src/report/alerts/catalogue.ts";
import { buildRuleFile } from "../../src/report/alerts/rule_file.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { Alertmanager, WITHOUT_ALERTMANAGER } from "./alertmanager.ts";
import { Prometheus, WITHOUT_PROMETHEUS } from "./prometheus.ts";
import { reasonToSkip, until } from "./support.ts";

const missing = WITHOUT_ALERTMANAGER || WITHOUT_PROMETHEUS;
/** Every `for` that is longer is so long here; the shorter ones, and what is to be noticed, are as they are. */
const LONGEST_SECONDS = 90;

const hasty = alertGroups.map((group) => ({
  ...group,
  alerts: group.alerts.map((alert) => ({
    ...alert,
    forSeconds: Math.min(alert.forSeconds, LONGEST_SECONDS),
  })),
}));

/** From the fault until every alert that it raises has fired. */
const UNTIL_ALL_FIRED_SECONDS = LONGEST_SECONDS + 45;

interface Scene {
  readonly name: string;
  readonly synchronous?: string;
  readonly fault: readonly string[];
  /** The only alert that is notified, and its summary. */
  readonly alert: string;
  readonly summary: RegExp;
}

const SCENES: readonly Scene[] = [
  {
    name: "frozen",
    fault: ["freeze", "standby"],
    alert: "PgreplStandbyUnreachable standby",
    summary: /^Standby standby does not respond, and no upstream hears from it$/,
  },
  {
    name: "dead",
    fault: ["kill", "primary"],
    alert: "PgreplNoPrimary cluster",
    summary: /^No primary of cluster dead is reachable$/,
  },
  {
    name: "waiting",
    synchronous: "standby",
    fault: ["cut", "standby"],
    alert: "PgreplCommitsWaiting primary",
    summary: /^A commit on primary has been waiting for a standby for .+s; standby: disconnected$/,
  },
];

interface Stage extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly target: string;
}

async function startStage({ synchronous }: Scene): Promise<Stage> {
  const cluster = await startCluster({
    standbys: 1,
    load: 5,
    settings: { fsync: "on" },
    ...synchronous === undefined ? {} : { synchronous },
  });
  const args = cluster.servers.map((server) => `--server=${server.name}=${server.dsn()}`);
  const exporter = await ServeProcess.start(FROM_SOURCE, { args });
  return {
    cluster,
    target: exporter.url.replace("http://", ""),
    async [Symbol.asyncDispose]() {
      await exporter[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    },
  };
}

Deno.test({
  name: `each fault is one page, through a real Prometheus and a real Alertmanager${missing}`,
  ignore: missing !== "" || reasonToSkip() !== null,
  async fn() {
    await using stack = new AsyncDisposableStack();
    const stages: Stage[] = [];
    for (const scene of SCENES) stages.push(stack.use(await startStage(scene)));
    const alertmanager = stack.use(await Alertmanager.start());
    const config = {
      global: { evaluation_interval: "1s", scrape_interval: "1s" },
      rule_files: ["rules.yml"],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager.address] }] }] },
      scrape_configs: [{
        job_name: "pg-replication",
        honor_labels: true,
        static_configs: SCENES.map(({ name }, index) => ({
          targets: [stages[index]?.target],
          labels: { cluster: name },
        })),
      }],
    };
    const rules = buildRuleFile(hasty, { recordings, runbookUrl: "runbooks" });
    const prometheus = stack.use(
      await Prometheus.start(stringify(config), stringify(rules, { lineWidth: 0 })),
    );
    await until(
      "Prometheus to see every server",
      async () => (await prometheus.query("pgrepl_up == 1")).length === 2 * SCENES.length,
    );
    assertEquals(alertmanager.notified, []);
    await Promise.all(SCENES.map(({ fault }, index) => {
      const cluster = stages[index]?.cluster;
      assert(cluster !== undefined);
      return injectFault(cluster, fault);
    }));
    const judgedAt = performance.now() + UNTIL_ALL_FIRED_SECONDS * 1000;
    const pages = () =>
      alertmanager.notified.map(({ alertname, instance, cluster }) => `${cluster}: ${alertname} ${instance}`);
    const expected = SCENES.map(({ name, alert }) => `${name}: ${alert}`).sort();
    // What must not come has no moment of its own.
    await until("every alert to have had its time", () => performance.now() >= judgedAt, {
      seconds: UNTIL_ALL_FIRED_SECONDS + 10,
    });
    assertEquals([...new Set(pages())].sort(), expected);
    for (const { alert, summary } of SCENES) {
      const [name = ""] = alert.split(" ");
      assertMatch(alertmanager.summaries.get(name) ?? "", summary);
    }
  },
});
