import { assertEquals, assertRejects } from "@std/assert";
import type { Invocation } from "../../../src/cli/command.ts";
import { commands } from "../../../src/cli/commands.ts";
import { processContext } from "../../../src/cli/process_context.ts";
import { openReportSource } from "../../../src/cli/look/report_source.ts";
import { collectors } from "../../../src/collectors/registry.ts";
import { ConfigError } from "../../../src/config/config_error.ts";
import { DEFAULT_HEALTH_THRESHOLDS } from "../../../src/domain/thresholds.ts";
import { renderReportJson } from "../../../src/report/json.ts";
import { goldenReport } from "../../report/golden_views.ts";
import { target } from "../../fixtures/targets.ts";

/** An invocation with two servers at ports where nothing listens. */
function invocation(options: Readonly<Record<string, string>> = {}): Invocation {
  return {
    context: { ...processContext, environment: () => undefined },
    operands: [],
    collectors,
    flags: [],
    commands,
    option: (name) => options[name],
    isOn: () => false,
    readConfig: () =>
      Promise.resolve({
        servers: ["primary", "standby"].map((name, index) => ({
          name,
          cluster: "",
          target: target({ host: "127.0.0.1", port: index + 1 }),
        })),
        expectedStandbys: 1,
        collectors: new Set(collectors.map(({ name }) => name)),
        collect: { intervalSeconds: 15, maxAgeSeconds: 1, deadlineSeconds: 2 },
        lag: { sampleIntervalSeconds: 1 },
        web: { listenAddresses: [], telemetryPath: "/metrics", maxRequests: 40 },
        log: { level: "info", format: "logfmt" },
        health: DEFAULT_HEALTH_THRESHOLDS,
        report: { warningLagSeconds: 7, criticalLagSeconds: 8, warningConflicts: 9 },
      }),
    readConfiguration: () => Promise.reject(new Error("Only the configuration itself is needed")),
    createLogger: () => ({ debug() {}, info() {}, warn() {}, error() {} }),
  };
}

Deno.test("openReportSource() watches the configured servers, with the configured thresholds", async () => {
  const source = await openReportSource(invocation(), { sampleSeconds: 0 });
  try {
    assertEquals(source.name, "2 servers");
    const report = await source.read(AbortSignal.timeout(60_000));
    assertEquals(report.status, "critical");
    assertEquals(report.unassigned_servers.map(({ name, up }) => [name, up]), [["primary", false], [
      "standby",
      false,
    ]]);
    assertEquals(report.thresholds, {
      warning_lag_seconds: 7,
      critical_lag_seconds: 8,
      warning_conflicts: 9,
    });
  } finally {
    await source.close();
  }
});

Deno.test("openReportSource() reads from the exporter of --from, without a configuration", async () => {
  const stop = new AbortController();
  const report = goldenReport("paused");
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {}, signal: stop.signal },
    () => new Response(renderReportJson(report)),
  );
  try {
    const source = await openReportSource({
      ...invocation({ from: `http://127.0.0.1:${server.addr.port}` }),
      readConfig: () => Promise.reject(new Error("No configuration is needed")),
    });
    assertEquals(await source.read(AbortSignal.timeout(60_000)), report);
    await source.close();
  } finally {
    stop.abort();
    await server.finished;
  }
});

Deno.test("openReportSource() reports an invalid --from", async () => {
  await assertRejects(
    () => openReportSource(invocation({ from: "nowhere" })),
    ConfigError,
    "is not an address",
  );
});
