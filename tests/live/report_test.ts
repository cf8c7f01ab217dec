/** The command `report` as a user runs it, on a real cluster, and what a running exporter answers. */
import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import { startCluster } from "../../compose/lab/cluster.ts";
import { readReport } from "../../src/report/read_report.ts";
import type { Report, ReportStandby } from "../../src/report/model.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { type Cluster, reasonToSkip, until } from "./support.ts";

const ignore = reasonToSkip() !== null;
const SCHEMA = JSON.parse(
  await Deno.readTextFile(new URL("../../docs/report.schema.json", import.meta.url)),
);

/** What a run of the command wrote. */
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
    args: [...first, "report", ...args],
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

/** Names of keys at every depth, those of causes and of lists aside. */
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

  await t.step("JSON fits the schema, all standbys are healthy, no password is in it", async () => {
    const { code, stdout, stderr } = await runReport(cluster, ["--json", ...serversOf(cluster)]);
    assertEquals(stderr, "", "nothing but the report");
    assertEquals(validate(JSON.parse(stdout)), true, JSON.stringify(validate.errors));
    const report = readReport(stdout);
    assertEquals([code, report.status], [0, "healthy"], report.headline);
    assertEquals([report.summary.healthy_standbys, report.summary.total_standbys], [2, 2]);
    assertLess(report.summary.max_lag_seconds ?? Infinity, 2);
    const primary = report.clusters[0]?.primary;
    assertEquals([primary?.name, primary?.active_replicas, primary?.active_slots], ["primary", 2, 2]);
    for (const secret of Object.values(cluster.passwords)) assertEquals(stdout.includes(secret), false);
  });

  await t.step("text tells the same", async () => {
    const { code, stdout } = await runReport(cluster, serversOf(cluster));
    assertEquals(code, 0);
    assertStringIncludes(stdout, "2 standbys: 2 healthy");
    assertStringIncludes(stdout, "└─ standby2  ");
    assertEquals(stdout.includes("\x1b"), false, "no colours into a pipe");
  });

  await t.step(
    "a paused standby is a warning with a true lag; a running exporter tells the same",
    async () => {
      await using exporter = await ServeProcess.start(FROM_SOURCE, {
        args: [...serversOf(cluster), "--collect.interval=2s"],
        env: environmentOf(cluster),
      });
      const from = [`--from=${exporter.url}`, "--json"];
      await until("the exporter to know the lag", async () => {
        const { stdout } = await runReport(cluster, from);
        return (standbyOf(readReport(stdout), "standby").lag_seconds ?? 9) < 1.5;
      });
      await cluster.faults.pauseReplay(standby);
      const pausedAt = Date.now() / 1000;
      try {
        await until("5 s to pass", () => Promise.resolve(Date.now() / 1000 - pausedAt > 5));
        const own = readReport((await runReport(cluster, ["--json", ...serversOf(cluster)])).stdout);
        const { code, stdout } = await runReport(cluster, from);
        const told = readReport(stdout);
        for (const report of [own, told]) {
          const it = standbyOf(report, "standby");
          const truth = report.timestamp_unix_seconds - pausedAt;
          assertEquals([report.status, it.status, it.reason, it.replay_paused], [
            "warning",
            "warning",
            "paused",
            true,
          ]);
          assertLess(
            Math.abs((it.lag_seconds ?? Infinity) - truth),
            2,
            `${it.lag_seconds} s, in truth ${truth} s`,
          );
        }
        assertEquals(code, 1);
        assertEquals(validate(JSON.parse(stdout)), true, JSON.stringify(validate.errors));
        assert(standbyOf(told, "standby").lag_history.length > 0, "the exporter remembers");
        const keys = (report: Report) => {
          const withoutHistory = {
            ...report,
            clusters: report.clusters.map((each) => ({
              ...each,
              standbys: each.standbys.map((one) => ({ ...one, lag_history: [] })),
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

  await t.step("a standby whose link is cut is a warning, and critical when it lags", async () => {
    cluster.faults.cutLink(standby);
    const cutAt = Date.now() / 1000;
    const limits = ["--report.warning-lag=2s", "--report.critical-lag=4s"];
    let run: Run | null = null;
    await until("the report to warn", async () => {
      const { stdout } = await runReport(cluster, ["--json", ...serversOf(cluster)]);
      const { status, reason } = standbyOf(readReport(stdout), "standby");
      return status === "warning" && reason === "disconnected";
    });
    await until("the report to be critical", async () => {
      run = await runReport(cluster, ["--json", ...limits, ...serversOf(cluster)]);
      return run.code === 2;
    });
    const report = readReport((run ?? { stdout: "" }).stdout);
    const it = standbyOf(report, "standby");
    const truth = report.timestamp_unix_seconds - cutAt;
    assertEquals([report.status, it.status, it.reason, it.connected], [
      "critical",
      "critical",
      "disconnected",
      false,
    ]);
    assertLess(Math.abs((it.lag_seconds ?? Infinity) - truth), 2, `${it.lag_seconds} s, in truth ${truth} s`);
    cluster.faults.healLink(standby);
  });

  await t.step("a wrong password is critical, said with what to do, and not repeated", async () => {
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
