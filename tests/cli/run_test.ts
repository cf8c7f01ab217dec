import { assert, assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { runtimeFlags } from "../../compose/build/runtime_flags.ts";
import { runProgram } from "./program.ts";

const SERVER = "--server=primary=host=db1 user=monitor";

Deno.test("runCommandLine() runs serve by default and by name", async () => {
  for (const args of [[SERVER], ["serve", SERVER], [SERVER, "serve"]]) {
    const { code, served, stderr } = await runProgram(args, { serve: () => Promise.resolve(7) });
    assertEquals([code, stderr], [7, ""], args.join(" "));
    assertEquals(served?.config.servers.map(({ name, target }) => [name, target.host]), [["primary", "db1"]]);
  }
});

Deno.test("runCommandLine() passes serve a logger with the configured format and level", async () => {
  const { stderr } = await runProgram([SERVER, "--log.format=json", "--log.level=warn"], {
    serve: (_config, { logger }) => {
      logger.info("left out");
      logger.warn("written");
      return Promise.resolve(0);
    },
  });
  assertEquals(JSON.parse(stderr).msg, "written");
});

Deno.test("runCommandLine() prints help and version on standard output", async () => {
  for (const args of [["help"], ["--help"], ["-h"], ["serve", "--help"], ["--version", "--help"]]) {
    const { code, stdout, stderr, served } = await runProgram(args);
    assertEquals([code, stderr, served], [0, "", null], args.join(" "));
    assertStringIncludes(stdout, "--web.listen-address=ADDRESS");
  }
  for (const args of [["version"], ["--version"]]) {
    const { code, stdout, stderr } = await runProgram(args);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(
      stdout,
      /^pg-replication-exporter, version \d+\.\d+\.\d+ \(revision: .+, deno: .+, platform: .+\)\n$/,
    );
  }
});

Deno.test("runCommandLine() without a server shows an example and returns 2", async () => {
  const { code, stdout, stderr, served } = await runProgram([]);
  assertEquals([code, stdout, served], [2, "", null]);
  assertStringIncludes(stderr, "No server to watch is configured");
  assertStringIncludes(stderr, "--server primary=postgresql://");
});

Deno.test("runCommandLine() points to the configuration file when it names no server", async () => {
  const { code, stderr } = await runProgram(["--config.file=/etc/x.yml"], {
    files: { "/etc/x.yml": "# none yet\n" },
  });
  assertEquals(code, 2);
  assertStringIncludes(stderr, "No server to watch is configured, and /etc/x.yml has none\n");
  assertStringIncludes(stderr, "Add each server to that file");
  assertEquals(stderr.includes("--server NAME"), false);
});

Deno.test("runCommandLine() reports every mistake and returns 2", async () => {
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [["sevre", SERVER], ['Unknown command "sevre", did you mean "serve"?']],
    [["kubernetes"], ['Unknown command "kubernetes": expected serve, ']],
    [["serve", "now", SERVER], ['Unexpected argument after "serve"', "is --server missing"]],
    [["--help", "--sever=x"], ['did you mean "--server"?']],
    [[SERVER, "--log.level=loud", "--web.listen-adress=:1", "--collect.interval=5"], [
      "--log.level: Unknown value",
      'did you mean "--web.listen-address"?',
      "--collect.interval: Cannot parse duration",
    ]],
  ];
  for (const [args, parts] of cases) {
    const { code, stderr, stdout, served } = await runProgram(args);
    assertEquals([code, stdout, served], [2, "", null], args.join(" "));
    for (const part of parts) assertStringIncludes(stderr, part);
  }
});

Deno.test("runCommandLine() refuses settings that the command ignores", async () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [
      ["rules", "--report.warning-lag=30s"],
      '"--report.warning-lag" is not for "rules", which reads no configuration',
    ],
    [["dashboard", "--config.file=/etc/x.yml"], '"--config.file" is not for "dashboard"'],
    [["ctl", "status", SERVER], '"--server" is not for "ctl", which reads no configuration: remove it'],
    [["ctl", "status", "--management.socket=/run/x"], "which reads no configuration: use --socket"],
    [["completion", "bash", "--no-collector.slots"], '"--collector.slots" is not for "completion"'],
  ];
  for (const [args, part] of cases) {
    const { code, stdout, stderr } = await runProgram(args);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertStringIncludes(stderr, part);
    assertStringIncludes(stderr, `Try pg-replication-exporter ${args[0]} --help`);
  }
});

Deno.test("runCommandLine() points to the command's own help when it reads no configuration", async () => {
  for (const args of [["ctl", "statu"], ["ctl", "ping", "x"], ["completion", "tcsh"], ["help", "x"]]) {
    const { code, stderr } = await runProgram(args);
    assertEquals(code, 2, args.join(" "));
    assertStringIncludes(stderr, `\nTry pg-replication-exporter ${args[0]} --help\n`);
  }
});

Deno.test("runCommandLine() repeats no argument that could be a connection string", async () => {
  for (
    const args of [
      ["postgresql://u:S3cret@h/db"],
      ["serve", "a=postgresql://u:S3cret@h/db"],
      ["serve", "--server", "a=host=h", "password=S3cret", "user=u"],
    ]
  ) {
    const { code, stderr } = await runProgram(args);
    assertEquals([code, stderr.includes("S3cret"), stderr.includes("is --server missing")], [2, false, true]);
  }
});

Deno.test("runCommandLine() reads the classic variables and a password file", async () => {
  const { served } = await runProgram([], {
    environment: {
      PRIMARY_HOST: "a",
      STANDBY_HOST: "b",
      POSTGRES_USER: "u",
      POSTGRES_PASSWORD_FILE: "/run/secrets/pg",
      EXPORTER_PORT: "9999",
    },
    files: { "/run/secrets/pg": "hunter2\n" },
  });
  // The file is checked now and read again for every login, so that the password may change.
  assertEquals(served?.config.servers.map(({ target }) => [target.password, target.libpq?.passwordFile]), [
    [null, "/run/secrets/pg"],
    [null, "/run/secrets/pg"],
  ]);
  assertEquals(served?.config.web.listenAddresses, [{ hostname: "", port: 9999 }]);
  assertFalse(Deno.inspect(served?.config, { depth: 9 }).includes("hunter2"));
});

Deno.test("runCommandLine() reports a failure of serve and returns 1", async () => {
  const { code, stderr } = await runProgram([SERVER], {
    serve: () => Promise.reject(new Deno.errors.AddrInUse("Cannot listen on :9188")),
  });
  assertEquals([code, stderr], [1, "pg-replication-exporter: Cannot listen on :9188\n"]);
});

Deno.test("runCommandLine() reads only variables that the permissions allow", async () => {
  const environment = { PRIMARY_HOST: "a", POSTGRES_USER: "u" };
  const { read, served } = await runProgram([], { environment });
  assert(served !== null && read.size > 20);
  const permission = runtimeFlags().find((flag) => flag.startsWith("--allow-env="));
  const allowed = (permission ?? "").slice("--allow-env=".length).split(",");
  const isAllowed = (name: string) =>
    allowed.some((entry) => entry.endsWith("*") ? name.startsWith(entry.slice(0, -1)) : name === entry);
  assertEquals([...read].filter((name) => !isAllowed(name)), []);
});
