import { assertEquals, assertStringIncludes } from "@std/assert";
import { defineFlags } from "../../../src/cli/settings/flags.ts";
import { unknownVariables } from "../../../src/cli/settings/read_config.ts";
import { COLLECTORS, runProgram } from "../program.ts";

const FILE = `
servers: [{ name: a, dsn: host=a user=u }]
log: { level: error, format: json }
collect: { interval: 7s }
`;

/** Level, format, intervals and file of a run. */
async function effectOf(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { served, stderr } = await runProgram(args, { environment, files: { "x.yml": FILE } });
  if (served === null) throw new Error(stderr);
  const { log, collect, configFile } = served.config;
  return [log.level, log.format, collect.intervalSeconds, collect.deadlineSeconds, configFile];
}

Deno.test("a flag overrides its variable, which overrides the file, which overrides the default", async () => {
  const file = "--config.file=x.yml";
  assertEquals(await effectOf([file]), ["error", "json", 7, 2, "x.yml"]);
  assertEquals(await effectOf([], { PGREPL_CONFIG_FILE: "x.yml" }), ["error", "json", 7, 2, "x.yml"]);
  const environment = { PGREPL_LOG_LEVEL: "warn", PGREPL_COLLECT_INTERVAL: "8s" };
  assertEquals(await effectOf([file], environment), ["warn", "json", 8, 2, "x.yml"]);
  assertEquals(await effectOf([file, "--log.level=debug"], environment), ["debug", "json", 8, 2, "x.yml"]);
});

Deno.test("problems of command line, environment and file are reported at once, those of the file by line", async () => {
  const { code, stderr } = await runProgram([
    "--config.file=x.yml",
    "--lgo.level=info",
    "--web.max-requests=x",
  ], {
    environment: { PGREPL_COLLECT_DEADLINE: "soon", PGREPL_LOG_LEVL: "info" },
    files: {
      "x.yml": "log: { level: loud }\ncollect:\n  intervall: 7s\nservers: [{ name: a, dsn: host=a user=u }]",
    },
  });
  assertEquals(code, 2);
  assertEquals(
    stderr.split("\n\n")[0]?.split("\n").map((line) => line.replace("pg-replication-exporter: ", "")),
    [
      "x.yml:1:15: Unknown value: expected one of debug, info, warn, error",
      'x.yml:3:3: unknown key "intervall" in collect, did you mean "interval"?',
      'Unknown flag "--lgo.level", did you mean "--log.level"?',
      'Unknown variable "PGREPL_LOG_LEVL", did you mean "PGREPL_LOG_LEVEL"?',
      'PGREPL_COLLECT_DEADLINE: Cannot parse duration "soon": expected a number with a unit, such as 500ms, 15s or 1m30s',
      '--web.max-requests: Cannot parse count "x": expected a whole number from 0 to 999999',
    ],
  );
});

Deno.test("a missing file is reported alone", async () => {
  const { code, stderr } = await runProgram(["--config.file=gone.yml"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'Cannot read the configuration file "gone.yml"');
  assertEquals(stderr.includes("No server"), false);
});

Deno.test("unknownVariables() ignores variables set by others", () => {
  const names = [
    "PATH",
    "PGREPL_LOG_LEVEL",
    "PGREPL_FROM_USER",
    "PGREPL_SERVICE_HOST",
    "PGREPL_SERVICE_PORT_METRICS",
    "PGREPL_PORT_9188_TCP_ADDR",
    "PGREPL_PORT",
    "PGREPL_NONSENSE_OF_MINE",
    "PGREPL_HELP",
  ];
  assertEquals(unknownVariables(names, defineFlags(COLLECTORS)), [
    'Unknown variable "PGREPL_NONSENSE_OF_MINE": help all lists the variables',
    'Unknown variable "PGREPL_HELP": help all lists the variables',
  ]);
});
