import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Config } from "../../src/config/config.ts";
import { ConfigError } from "../../src/config/config_error.ts";
import { resolveConfig } from "../../src/config/resolve.ts";
import { DEFAULT_HEALTH_THRESHOLDS, DEFAULT_REPORT_THRESHOLDS } from "../../src/domain/thresholds.ts";
import { DEFAULT_CONSISTENCY } from "../../src/config/consistency.ts";
import { sourcesOf } from "./sources.ts";
import { appEndpoints } from "../../src/web/endpoints.ts";
import { managementEndpoints } from "../../src/web/management/endpoints.ts";

const TWO_SERVERS = ["primary=host=a user=u", "standby=host=b user=u"];

async function resolve(
  flags: Readonly<Record<string, string | readonly string[]>> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<Config> {
  return (await resolveConfig(sourcesOf({ flags: { server: TWO_SERVERS, ...flags }, environment }))).config;
}

async function refusalOf(flags: Readonly<Record<string, string | readonly string[]>>): Promise<string> {
  return (await assertRejects(() => resolve(flags), ConfigError)).message;
}

Deno.test("resolveConfig() applies the defaults", async () => {
  const { servers, ...rest } = await resolve();
  assertEquals(servers.map(({ name, cluster, target }) => [name, cluster, target.host]), [
    ["primary", "", "a"],
    ["standby", "", "b"],
  ]);
  assertEquals(rest, {
    expectedStandbys: null,
    discovery: null,
    collectors: new Set(["server", "senders", "slots"] as const),
    collect: { intervalSeconds: 15, maxAgeSeconds: 1, deadlineSeconds: 2 },
    lag: { sampleIntervalSeconds: 1 },
    stateFile: null,
    web: {
      listenAddresses: [{ hostname: "", port: 9188 }],
      telemetryPath: "/metrics",
      maxRequests: 40,
      configFile: null,
      enableManagement: false,
      allowPlainManagement: false,
      managementHosts: [],
    },
    managementSocket: null,
    log: { level: "info", format: "logfmt" },
    health: DEFAULT_HEALTH_THRESHOLDS,
    report: DEFAULT_REPORT_THRESHOLDS,
    consistency: DEFAULT_CONSISTENCY,
    logical: { databasesIntervalSeconds: 300 },
  });
});

Deno.test("resolveConfig() reads other exporters, one by one or in a list", async () => {
  const { compat } = await resolve({ compat: ["pg_exporter, pgexporter", "postgres_exporter"] });
  assertEquals([...compat ?? []], ["pg_exporter", "pgexporter", "postgres_exporter"]);
  assertEquals((await resolve({ compat: [""] })).compat, undefined);
  assertStringIncludes(
    await refusalOf({ compat: ["pg_exporter,postgresexporter"] }),
    'Unknown value "postgresexporter": expected one of postgres_exporter, pg_exporter, pgexporter',
  );
});

Deno.test("resolveConfig() reads every setting", async () => {
  const config = await resolve({
    "expected-standbys": "0",
    "collect.interval": "1m",
    "collect.max-age": "0",
    "collect.deadline": "500ms",
    "lag.sample-interval": "250ms",
    "web.listen-address": ["127.0.0.1:1", "[::1]:1"],
    "web.telemetry-path": "/a/b",
    "web.max-requests": "0",
    "web.management-host": ["DB1.example.com", "b.example."],
    "log.level": "debug",
    "log.format": "json",
    "health.warning-bytes": "1kB",
    "health.critical-bytes": "1GB",
    "health.warning-lag": "1s",
    "health.critical-lag": "1h",
  });
  assertEquals(config.expectedStandbys, 0);
  assertEquals(config.collect, { intervalSeconds: 60, maxAgeSeconds: 0, deadlineSeconds: 0.5 });
  assertEquals(config.lag, { sampleIntervalSeconds: 0.25 });
  assertEquals(config.web, {
    listenAddresses: [{ hostname: "127.0.0.1", port: 1 }, { hostname: "::1", port: 1 }],
    telemetryPath: "/a/b",
    maxRequests: 0,
    configFile: null,
    enableManagement: false,
    allowPlainManagement: false,
    managementHosts: ["db1.example.com", "b.example"],
  });
  assertEquals(config.log, { level: "debug", format: "json" });
  assertEquals(config.health, {
    warningLagBytes: 1024,
    criticalLagBytes: 2 ** 30,
    warningLagSeconds: 1,
    criticalLagSeconds: 3600,
  });
});

Deno.test("resolveConfig() leaves the number of expected standbys to what is watched, unless it is given", async () => {
  assertEquals((await resolve({ server: ["a=host=a user=u"] })).expectedStandbys, null);
  assertEquals((await resolve({ "expected-standbys": "0" })).expectedStandbys, 0);
});

Deno.test("resolveConfig() discovers standbys when asked", async () => {
  assertEquals((await resolve({ "discover-standbys": "true" })).discovery, {});
  assertEquals((await resolve({ "discover-standbys": "false" })).discovery, null);
});

Deno.test("resolveConfig() enables and disables collectors, but never disables server", async () => {
  const names = async (flags: Readonly<Record<string, string>>) => [...(await resolve(flags)).collectors];
  assertEquals(await names({ "collector.slots": "false" }), ["server", "senders"]);
  assertEquals(await names({ "collector.disable-defaults": "true" }), ["server"]);
  assertEquals(await names({ "collector.disable-defaults": "true", "collector.slots": "true" }), [
    "server",
    "slots",
  ]);
  assertStringIncludes(await refusalOf({ "collector.server": "false" }), "cannot be disabled");
});

Deno.test("resolveConfig() uses EXPORTER_PORT unless an address is given", async () => {
  const environment = { EXPORTER_PORT: "9000" };
  assertEquals((await resolve({}, environment)).web.listenAddresses, [{ hostname: "", port: 9000 }]);
  assertEquals((await resolve({ "web.listen-address": ":1" }, environment)).web.listenAddresses, [
    { hostname: "", port: 1 },
  ]);
  const error = await assertRejects(() => resolve({}, { EXPORTER_PORT: "http" }), ConfigError);
  assertStringIncludes(error.message, "EXPORTER_PORT: Cannot parse listen address");
});

Deno.test("resolveConfig() rejects invalid values and says what was expected", async () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["collect.interval", "0", "expected from 100ms to 1h"],
    ["collect.interval", "15", "such as 500ms"],
    ["collect.deadline", "0s", "expected from 50ms"],
    ["lag.sample-interval", "2m", "to 1m"],
    ["web.max-requests", "-1", "whole number"],
    ["web.max-requests", "1.5", "whole number"],
    ["expected-standbys", "many", "whole number"],
    ["web.telemetry-path", "metrics", "such as /metrics"],
    ["web.telemetry-path", "/", "such as /metrics"],
    ["web.telemetry-path", "/-/healthy", "it serves something else"],
    ["web.telemetry-path", "/a?b", "such as /metrics"],
    ["web.telemetry-path", "/a//b", "such as /metrics"],
    ["web.listen-address", "x", "expected host:port"],
    ["log.level", "loud", "debug, info, warn, error"],
    ["log.format", "xml", "logfmt, json"],
    ["health.critical-bytes", "1kB", "expected at most --health.critical-bytes, which is 1kB"],
    ["health.warning-lag", "1m", "expected at most --health.critical-lag, which is 30s"],
  ];
  for (const [name, value, part] of cases) {
    const message = await refusalOf({ [name]: value });
    assertStringIncludes(message, part, `${name}=${value}`);
    assertEquals(message.includes("; "), false, message);
  }
});

Deno.test("resolveConfig() rejects every path of another endpoint for the metrics", async () => {
  const paths = [...appEndpoints("/metrics"), ...managementEndpoints].map(({ path }) =>
    path.replace("NAME", "a")
  );
  const taken = paths.filter((path) => path !== "/" && path !== "/metrics");
  assert(taken.length > 10);
  for (const path of taken) {
    assertStringIncludes(
      await refusalOf({ "web.telemetry-path": path }),
      "it serves something else",
      path,
    );
  }
});

Deno.test("resolveConfig() rejects a repeated address, but not two ports that the system chooses", async () => {
  assertStringIncludes(
    await refusalOf({ "web.listen-address": ["[::1]:1", "[::1]:1"] }),
    '"[::1]:1" is given twice',
  );
  assertEquals((await resolve({ "web.listen-address": [":0", ":0"] })).web.listenAddresses.length, 2);
});

Deno.test("resolveConfig() reports all problems at once", async () => {
  const error = await assertRejects(
    () => resolveConfig(sourcesOf({ flags: { "log.level": "x", "collect.interval": "y", server: "z" } })),
    ConfigError,
  );
  assertEquals(error.problems.length, 3);
});
