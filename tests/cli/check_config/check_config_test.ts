import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { EffectiveParameter } from "../../../src/cli/check_config/effective_connection.ts";
import { runProgram } from "../program.ts";

const FILE = `
connection: { user: "monitor of us", password: S3cret-canary }
clusters:
  - name: orders
    labels: { team: shop }
    servers:
      - { name: o1, host: db1 }
      - { name: o2, dsn: "host=::1 port=5433 dbname=x sslmode=verify-full" }
collect: { interval: 7s }
collector: { slots: false }
probe: { modules: { m: { user: u, password: S3cret-canary } }, allowed_targets: [db9] }
`;

function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return runProgram(["check-config", ...args], { environment, files: { "x.yml": FILE } });
}

/** The lines below the name of a server or login, with single blanks. */
function blockOf(stdout: string, name: string): readonly string[] {
  const [block = ""] = (stdout.split(`\n  ${name}\n`)[1] ?? "").split("\n\n");
  return block.split("\n").map((line) => line.trim().replaceAll(/ +/g, " "));
}

Deno.test("check-config shows every value with its source, and no secret", async () => {
  const { code, stdout, stderr } = await run(["--config.file=x.yml", "--web.max-requests=3"], {
    PGREPL_LOG_LEVEL: "warn",
    EXPORTER_PORT: "9999",
  });
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.split("\n").map((line) => line.trim().split(/ {2,}/));
  for (
    const row of [
      ["orders", "1", "off"],
      ["collect.interval", "7s", "x.yml:9:22"],
      ["collect.deadline", "2s", "default"],
      ["expected-standbys", "-", "default"],
      ["collector.slots", "false", "x.yml:10:21"],
      ["collector.wal_directory", "true", "default"],
      ["web.max-requests", "3", "--web.max-requests"],
      ["web.listen-address", ":9999", "EXPORTER_PORT"],
      ["log.level", "warn", "PGREPL_LOG_LEVEL"],
      ["state.file", "-", "default"],
      ["config.file", "x.yml", "--config.file"],
      ["Targets of /probe: the servers above, db9"],
    ]
  ) {
    assertEquals(lines.find(([name]) => name === row[0]), row);
  }
  assertEquals(blockOf(stdout, "o1"), [
    'from x.yml:7:17, cluster orders, team="shop"',
    "host db1 x.yml:7:27",
    "port 5432 default",
    "dbname postgres default",
    "user monitor of us x.yml:2:21",
    "password *** x.yml:2:48",
    "sslmode prefer default",
  ]);
  assertEquals(blockOf(stdout, "o2").slice(1, 3), ["host ::1 x.yml:8:26", "port 5433 x.yml:8:26"]);
  assertEquals(blockOf(stdout, "m"), [
    "from x.yml:11:21",
    "dbname postgres default",
    "user u x.yml:11:32",
    "password *** x.yml:11:45",
    "sslmode prefer default",
  ]);
  assertEquals(stdout.split("\n").filter((line) => line.length > 80), []);
  assertEquals(stdout.includes("canary"), false);
});

Deno.test("check-config --json shows the same", async () => {
  const { code, stdout } = await run(["--config.file=x.yml", "--json"]);
  assertEquals(code, 0);
  const parsed = JSON.parse(stdout);
  assertEquals(parsed.file, "x.yml");
  assertEquals(parsed.settings.find((each: { name: string }) => each.name === "collect.interval"), {
    name: "collect.interval",
    values: ["7s"],
    source: "x.yml:9:22",
  });
  assertEquals(parsed.servers[0].labels, { team: "shop" });
  assertEquals(parsed.servers[0].password, "x.yml:2:48");
  const parameters: readonly EffectiveParameter[] = parsed.servers[1].parameters;
  assertEquals(parameters.filter(({ name }) => ["port", "sslmode", "password", "sslcert"].includes(name)), [
    { name: "port", value: "5433", source: "x.yml:8:26" },
    { name: "password", value: "***", source: "x.yml:2:48" },
    { name: "sslmode", value: "verify-full", source: "x.yml:8:26" },
    { name: "sslcert", value: null, source: "default" },
  ]);
  assertEquals(parsed.clusters, [{
    name: "orders",
    expectedStandbys: 1,
    areDiscoveredExpected: false,
    discoverStandbys: false,
  }]);
  assertEquals([stdout.includes("canary"), "connections" in parsed], [false, false]);
});

Deno.test("check-config shows the expected standbys of servers without a cluster", async () => {
  const { stdout } = await run(["--server=a=host=a user=u", "--server=b=host=b user=u"]);
  assertMatch(stdout, /\n +expected-standbys +1 +default\n/);
});

Deno.test("check-config without a file names flags and classic variables", async () => {
  const flag = await run(["--server=a=host=a user=u"]);
  assertStringIncludes(flag.stdout, "Configuration file: none");
  assertEquals(blockOf(flag.stdout, "a").slice(0, 3), [
    "from --server, no cluster",
    "host a DSN in --server",
    "port 5432 default",
  ]);
  const classic = await run([], {
    PRIMARY_HOST: "p",
    STANDBY_HOST: "s",
    STANDBY_PORT: "6000",
    POSTGRES_USER: "u",
    POSTGRES_PASSWORD: "x",
  });
  assertEquals(blockOf(classic.stdout, "primary").slice(0, 3), [
    "from PRIMARY_HOST, no cluster",
    "host p PRIMARY_HOST",
    "port 5432 default",
  ]);
  assertEquals(blockOf(classic.stdout, "standby").slice(1, 6), [
    "host s STANDBY_HOST",
    "port 6000 STANDBY_PORT",
    "dbname postgres default",
    "user u POSTGRES_USER",
    "password *** POSTGRES_PASSWORD",
  ]);
});

Deno.test("check-config of an invalid configuration exits with 2 and shows none of it", async () => {
  const { code, stdout, stderr } = await run(["--config.file=x.yml", "--log.level=loud"]);
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "--log.level: Unknown value");
});

Deno.test("check-config --json prints the problems as JSON as well", async () => {
  const { code, stdout, stderr } = await run(["--config.file=x.yml", "--log.level=loud", "--json"]);
  const { problems, advice } = JSON.parse(stdout);
  assertEquals([code, problems.length, typeof advice], [2, 1, "string"]);
  assertStringIncludes(problems[0], "--log.level: Unknown value");
  assertStringIncludes(stderr, problems[0]);
});
