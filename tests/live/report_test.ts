/** The command `report` on a real cluster, and the report of a running exporter. */
import { assert, assertEquals, assertGreater, assertLess, assertStringIncludes } from "@std/assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import { startCluster } from "../../compose/lab/cluster.ts";
import { readReport } from "../../src/report/read_report.ts";
import type { Report, ReportStandby } from "../../src/report/model.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { assertTrueLag, makeLag, now } from "./lag_truth.ts";
import { type Cluster, reasonToSkip, until, untilHolds } from "./support.ts";

const ignore = reasonToSkip() !== null;
const SCHEMA = JSON.parse(
  await Deno.readTextFile(new URL("../../docs/report.schema.json", import.meta.url)),
);

/** The output of the command. */
interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const PASSWORD = "POSTGRES_PASSWORD";

function environmentOf(cluster: Cluster): Readonly<Record<string, string>> {
  const { HOME = "/", PATH = "", DENO_DIR } = Deno.env.toObject();
  return {
    HOME,
    PATH,
    ...DENO_DIR === undefined ? {} : { DENO_DIR },
    [PASSWORD]: cluster.passwords.monitor,
  };
}

const serversOf = (cluster: Cluster) =>
  cluster.servers.map(({ name, port }) =>
    `--server=${name}=postgresql://monitor@127.0.0.1:${port}/postgres?sslmode=disable`
  );

async function runReport(cluster: Cluster, args: readonly string[]): Promise<Run> {
  const [program = "", ...first] = FROM_SOURCE;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    // A busy machine must not make a server look down.
    args: [...first, "report", "--collect.deadline=30s", ...args],
    clearEnv: true,
    env: environmentOf(cluster),
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function standbyOf(report: Report, name: string): ReportStandby {
  const standby = report.clusters[0]?.standbys.find((each) => each.name === name);
  assert(standby !== undefined, `The report has no ${name}`);
  return standby;
}

/** Names of keys at every depth, except those of causes and lists. */
function keysOf(value: unknown, path = ""): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each) => keysOf(each, `${path}[]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap((
    [key, each],
  ) => [`${path}.${key}`, ...keysOf(each, `${path}.${key}`)]);
}

Deno.test({ name: "report on a real cluster", ignore }, async (t) => {
  await using cluster = await startCluster({ standbys: 2, load: 20, settings: { fsync: "on" } });
  const standby = cluster.server("standby");
  const validate = new Ajv2020().compile(SCHEMA);

  await t.step("JSON matches the schema, all standbys are healthy, it contains no password", async () => {
    const runs: Run[] = [];
    await untilHolds("a report of a cluster that is well", async () => {
      const run = await runReport(cluster, ["--json", ...serversOf(cluster)]);
      runs.push(run);
      const report = readReport(run.stdout);
      assertEquals([run.code, report.status], [0, "healthy"], report.headline);
      assertEquals([report.summary.healthy_standbys, report.summary.total_standbys], [2, 2]);
      assertLess(report.summary.max_lag_seconds ?? Infinity, 2);
      const primary = report.clusters[0]?.primary;
      assertEquals([primary?.name, primary?.active_replicas, primary?.active_slots], ["primary", 2, 2]);
    });
    for (const { stdout, stderr } of runs) {
      assertEquals(stderr, "", "nothing but the report");
      assertEquals(validate(JSON.parse(stdout)), true, JSON.stringify(validate.errors));
      for (const secret of Object.values(cluster.passwords)) assertEquals(stdout.includes(secret), false);
    }
  });

  await t.step("the text has the same data", async () => {
    await untilHolds("a report of a cluster that is well", async () => {
      const { code, stdout } = await runReport(cluster, serversOf(cluster));
      assertEquals(code, 0);
      assertStringIncludes(stdout, "2 standbys: 2 healthy");
      assertStringIncludes(stdout, "└─ standby2  ");
      assertEquals(stdout.includes("\x1b"), false, "no colours into a pipe");
    });
  });

  await t.step(
    "a paused standby is a warning with a true lag; a running exporter tells the same",
    async () => {
      await using exporter = await ServeProcess.start(FROM_SOURCE, {
        args: [...serversOf(cluster), "--collect.max-age=0s", "--collect.deadline=30s"],
        env: environmentOf(cluster),
      });
      const from = [`--from=${exporter.url}`, "--json"];
      await until("the exporter to know the lag", async () => {
        const { stdout } = await runReport(cluster, from);
        return (standbyOf(readReport(stdout), "standby").lag_seconds ?? 9) < 1.5;
      });
      const onset = await makeLag(cluster, {
        standby,
        stop: () => cluster.faults.pauseReplay(standby),
        readPrimary: async () => {
          // A single report has no history and uses the primary's replay_lag: it is measured from when the WAL was sent
          // to the standby's last reply, and both may be late.
          await until("the standby to say that it has it", async () => {
            const sql = "SELECT bool_and(flush_lsn >= pg_current_wal_lsn()) AS has FROM pg_stat_replication";
            return (await cluster.primary.sql(sql))[0]?.["has"] === true;
          });
          await exporter.scrape();
        },
      });
      try {
        await until("the exporter to tell a lag of 3 s", async () => {
          const text = await exporter.scrape();
          return Number(/^pgrepl_standby_lag_seconds\{.*"standby".*\} (\S+)$/m.exec(text)?.[1] ?? 0) > 3;
        });
        const ownAskedAt = now();
        const sample = "--sample=500ms";
        const own = readReport((await runReport(cluster, ["--json", sample, ...serversOf(cluster)])).stdout);
        const toldAskedAt = now();
        await exporter.scrape();
        const scrapedAt = now();
        let answer = await runReport(cluster, from);
        const tellsOf = () => readReport(answer.stdout).timestamp_unix_seconds;
        await until("a report of a moment after the scrape", async () => {
          if (tellsOf() <= scrapedAt) answer = await runReport(cluster, from);
          return tellsOf() > scrapedAt;
        });
        const { code, stdout } = answer;
        const told = readReport(stdout);
        for (const [report, askedAt] of [[own, ownAskedAt], [told, toldAskedAt]] as const) {
          const it = standbyOf(report, "standby");
          assertEquals([report.status, it.status, it.reason, it.replay_paused], [
            "warning",
            "warning",
            "paused",
            true,
          ]);
          assertGreater(it.lag_seconds ?? 0, 3);
          assertTrueLag(onset, { lag: it.lag_seconds, askedAt, answeredAt: report.timestamp_unix_seconds });
        }
        assertEquals(code, 1);
        assertEquals(validate(JSON.parse(stdout)), true, JSON.stringify(validate.errors));
        assert(standbyOf(told, "standby").lag_history.length > 0, "the exporter remembers");
        const keys = (report: Report) => {
          const withoutHistory = {
            ...report,
            clusters: report.clusters.map((each) => ({
              ...each,
              standbys: each.standbys.map((one) => ({ ...one, lag_history: [], lag_last_hour: null })),
            })),
          };
          return [...new Set(keysOf({ ...withoutHistory, events: [] }))].sort();
        };
        assertEquals(keys(told), keys(own));
      } finally {
        await cluster.faults.resumeReplay(standby);
      }
      await until("the standby to have caught up", async () => {
        const { stdout } = await runReport(cluster, from);
        return (standbyOf(readReport(stdout), "standby").lag_seconds ?? 9) < 1.5;
      });
    },
  );

  await t.step("a disconnected standby is a warning, and critical when it lags", async () => {
    const onset = await makeLag(cluster, {
      standby,
      stop: () => cluster.faults.cutLink(standby),
      readPrimary: () => Promise.resolve(), // no exporter is running
    });
    const limits = ["--report.warning-lag=2s", "--report.critical-lag=4s"];
    let [run, askedAt]: [Run | null, number] = [null, 0];
    await until("the report to warn", async () => {
      const { stdout } = await runReport(cluster, ["--json", ...serversOf(cluster)]);
      const { status, reason } = standbyOf(readReport(stdout), "standby");
      return status === "warning" && reason === "disconnected";
    });
    await until("the report to be critical", async () => {
      askedAt = now();
      run = await runReport(cluster, ["--json", ...limits, ...serversOf(cluster)]);
      return run.code === 2;
    });
    const report = readReport((run ?? { stdout: "" }).stdout);
    const it = standbyOf(report, "standby");
    assertEquals([report.status, it.status, it.reason, it.connected], [
      "critical",
      "critical",
      "disconnected",
      false,
    ]);
    assertTrueLag(onset, { lag: it.lag_seconds, askedAt, answeredAt: report.timestamp_unix_seconds });
    await cluster.faults.healLink(standby);
  });

  await t.step("a wrong password is critical, has advice, and is not shown", async () => {
    const canary = "c4n4ry-password";
    const servers = cluster.servers.map(({ name, port }) =>
      `--server=${name}=postgresql://monitor:${canary}@127.0.0.1:${port}/postgres?sslmode=disable`
    );
    for (const form of ["--json", "--format=text"]) {
      const { code, stdout, stderr } = await runReport(cluster, [form, "--sample=100ms", ...servers]);
      assertEquals(code, 2);
      assertStringIncludes(stdout, "ALTER ROLE");
      assertEquals((stdout + stderr).includes(canary), false);
    }
  });
});
