import { assertEquals, assertStringIncludes } from "@std/assert";
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

Deno.test("check-config shows every value with its source, and no secret", async () => {
  const { code, stdout, stderr } = await run(["--config.file=x.yml", "--web.max-requests=3"], {
    PGREPL_LOG_LEVEL: "warn",
    EXPORTER_PORT: "9999",
  });
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.split("\n").map((line) => line.trim().split(/ {2,}/));
  for (
    const row of [
      [
        "o1",
        "orders",
        "postgresql://monitor%20of%20us@db1:5432/postgres?sslmode=prefer",
        "given",
        'team="shop"',
        "x.yml:7:17",
      ],
      [
        "o2",
        "orders",
        "postgresql://monitor%20of%20us@[::1]:5433/x?sslmode=verify-full",
        "given",
        'team="shop"',
        "x.yml:8:17",
      ],
      ["orders", "1", "off"],
      ["collect.interval", "7s", "x.yml:9:22"],
      ["collect.deadline", "2s", "default"],
      ["collector.slots", "false", "x.yml:10:21"],
      ["collector.wal_directory", "true", "default"],
      ["web.max-requests", "3", "--web.max-requests"],
      ["web.listen-address", ":9999", "EXPORTER_PORT"],
      ["log.level", "warn", "PGREPL_LOG_LEVEL"],
      ["state.file", "-", "default"],
      ["config.file", "x.yml", "--config.file"],
      ["m", "u", "postgres", "prefer", "given", "x.yml:11:21"],
      ["Targets of /probe: the servers above, db9"],
    ]
  ) {
    assertEquals(lines.find(([name]) => name === row[0]), row);
  }
  assertEquals(stdout.includes("canary"), false);
});

Deno.test("check-config --json says the same", async () => {
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
  assertEquals(parsed.clusters, [{
    name: "orders",
    expectedStandbys: 1,
    areDiscoveredExpected: false,
    discoverStandbys: false,
  }]);
  assertEquals([stdout.includes("canary"), "connections" in parsed], [false, false]);
});

Deno.test("check-config without a file names flags and classic variables", async () => {
  const flag = await run(["--server=a=host=a user=u"]);
  assertStringIncludes(flag.stdout, "Configuration file: none");
  assertEquals(
    /^ {2}a +- +postgresql:\/\/u@a:5432\/postgres\?sslmode=prefer +none.* --server$/m.test(flag.stdout),
    true,
  );
  const classic = await run([], {
    PRIMARY_HOST: "p",
    STANDBY_HOST: "s",
    POSTGRES_USER: "u",
    POSTGRES_PASSWORD: "x",
  });
  assertEquals(/^ {2}primary .* PRIMARY_HOST$/m.test(classic.stdout), true);
  assertEquals(/^ {2}standby .* given +- +STANDBY_HOST$/m.test(classic.stdout), true);
});

Deno.test("check-config of a bad configuration ends with 2 and shows nothing of it", async () => {
  const { code, stdout, stderr } = await run(["--config.file=x.yml", "--log.level=loud"]);
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "--log.level: Unknown value");
});
