import { assertEquals, assertStringIncludes } from "@std/assert";
import jsr from "../../jsr.import_map.json" with { type: "json" };
import {
  allowedLayers,
  checkCasts,
  checkDeadExports,
  checkExports,
  checkForbiddenText,
  checkLayers,
  checkLength,
  checkLogImports,
  checkMirrors,
  checkModuleDocs,
  checkProcess,
} from "./rules.ts";
import { type ModuleFacts, parseModule, readModules, readTree } from "./source_tree.ts";

/** Source files whose tests are elsewhere, and why. */
const WITHOUT_MIRROR: Readonly<Record<string, string>> = {
  "src/config/yaml/yaml_file.ts":
    "its problems are those of the corpora: tests/config/file/load_test.ts, tests/web/security/load_test.ts",
  "src/config/file/values.ts": "small steps of reading: tests/config/file/load_test.ts, read_servers_test.ts",
  "src/cli/check_config/effective_config.ts":
    "what check-config shows: tests/cli/check_config/check_config_test.ts",
  "src/cli/check_config/try_server.ts": "asks real servers: tests/live/check_config_test.ts",
  "src/cli/serve/probe_service.ts": "joins parts that reach servers: tests/live/probe_test.ts",
  "src/cli/commands.ts": "a table; tests/cli/help_command_test.ts holds the help to it",
  "src/cli/completion/completion_bash.ts":
    "sourced and asked in bash by tests/cli/completion/completion_test.ts",
  "src/cli/completion/completion_fish.ts":
    "sourced and asked in fish by tests/cli/completion/completion_test.ts",
  "src/cli/completion/completion_zsh.ts": "sourced in zsh by tests/cli/completion/completion_test.ts",
  "src/cli/ctl/ctl.ts": "asks a running exporter: tests/live/management_test.ts",
  "src/cli/ctl/ctl_client.ts": "asks a running exporter: tests/live/management_test.ts",
  "src/cli/serve/management_socket.ts": "joins parts of a running exporter: tests/live/management_test.ts",
  "src/cli/serve/serve.ts":
    "joins the parts; run as a process by tests/binary and tests/live/prometheus_test.ts",
  "src/exposition/samples.ts":
    "the lines both formats share: text_test.ts, openmetrics_test.ts, round_trip_test.ts",
  "src/postgres/connect.ts": "joins the steps: tests/live/tls_test.ts and libpq_test.ts, beside psql",
  "src/postgres/errors.ts": "the error itself; how one is made of another is trouble_test.ts",
  "src/postgres/startup_wire.ts": "each of its cases is one of login_test.ts",
  "src/report/derive_standby.ts": "one part of a report: tests/report/derive_test.ts, golden_test.ts",
  "src/report/report_context.ts":
    "what the parts of a report share: tests/report/derive_test.ts, derive_slots_test.ts",
  "src/report/text/cluster.ts": "one part of the text: tests/report/golden_test.ts, text/report_test.ts",
  "src/report/text/standbys.ts": "one part of the text: tests/report/golden_test.ts, text/report_test.ts",
  "src/scrape/collection_service.ts": "works on servers: tests/live/service_test.ts",
  "src/consistency/run_table_check.ts": "opens sessions: tests/live/consistency_test.ts",
  "src/consistency/inconclusive_error.ts": "the error itself: the tests beside it throw and catch it",
  "src/consistency/table_reader.ts": "works on servers: tests/live/consistency_test.ts",
  "src/databases/read_database.ts": "opens sessions: tests/live/databases_test.ts",
  "src/scrape/own_sessions.ts":
    "works on servers: tests/live/consistency_test.ts, databases_test.ts, reload_test.ts",
  "src/scrape/read_server.ts": "works on a server: tests/live/service_test.ts",
  "src/scrape/server_watch.ts": "works on a server: tests/live/service_test.ts",
  "src/web/security/security.ts": "what the others share; its one question is put by load_test.ts",
  "src/web/security/web_config.ts": "every line of the corpus of load_test.ts goes through it",
};

const modules = await readModules();
const files = await readTree();

function planted(path: string, text: string): ModuleFacts {
  return parseModule({ path, text });
}

Deno.test("readModules() finds the program", () => {
  const paths = modules.map(({ path }) => path);
  for (const path of ["main.ts", "src/domain/lsn.ts", "tests/checks/rules.ts", "compose/build/compile.ts"]) {
    assertEquals(paths.includes(path), true, path);
  }
});

Deno.test("checkLayers() allows what DESIGN section 3 draws", () => {
  assertEquals([...allowedLayers("postgres")].sort(), ["config", "domain", "postgres"]);
  assertEquals(allowedLayers("report").has("web"), false);
  assertEquals(allowedLayers("cli").size, 13);
  const good = `import { a } from "../domain/lsn.ts"; import postgres from "postgres"; import "node:net";`;
  assertEquals(checkLayers(planted("src/postgres/x.ts", good)), []);
});

for (
  const [path, text, expected] of [
    ["src/domain/x.ts", `import { a } from "../metrics/family.ts";`, "domain does not build on metrics"],
    ["src/domain/x.ts", `import type { A } from "../metrics/family.ts";`, "domain does not build on metrics"],
    ["src/collectors/x.ts", `export { a } from "../web/app.ts";`, "collectors does not build on web"],
    ["src/web/x.ts", `const x = await import("../cli/flags.ts");`, "web does not build on cli"],
    ["src/web/x.ts", `let x: import("../cli/flags.ts").Flag;`, "web does not build on cli"],
    ["src/cluster/x.ts", `import postgres from "postgres";`, "imports the driver"],
    ["src/web/x.ts", `import { a } from "npm:left-pad";`, "name it in deno.json"],
    ["src/web/x.ts", `import { a } from "../std/http/mod.ts";`, "by its @std name"],
    ["src/web/x.ts", `import { a } from "../../tests/checks/rules.ts";`, "outside the layers"],
    ["src/utils/x.ts", ``, "no layer of DESIGN"],
    ["src/x.ts", ``, "in no layer"],
  ] as const
) {
  Deno.test(`checkLayers() refuses ${text || path}`, () => {
    assertStringIncludes(checkLayers(planted(path, text)).join(), expected);
  });
}

Deno.test("checkLayers() holds for the program", () => {
  assertEquals(modules.flatMap(checkLayers), []);
});

Deno.test("checkLogImports() refuses a second user of @std/log", () => {
  const text = `import { getLogger } from "@std/log";`;
  assertEquals(checkLogImports([planted("src/cli/a.ts", text)]), []);
  assertEquals(checkLogImports([planted("src/cli/a.ts", text), planted("src/web/b.ts", text)]).length, 1);
});

Deno.test("checkLogImports() holds for the program", () => {
  assertEquals(checkLogImports(modules), []);
});

Deno.test("checkProcess() refuses the process outside main.ts and src/cli/", () => {
  const text = `Deno.exit(1); const { args } = Deno; process.env["A"]; Deno.memoryUsage();`;
  assertEquals(checkProcess(planted("src/web/x.ts", text)), [
    "src/web/x.ts uses Deno.exit: only main.ts and src/cli/ may",
    "src/web/x.ts uses Deno.args: only main.ts and src/cli/ may",
    "src/web/x.ts uses process.env: only main.ts and src/cli/ may",
  ]);
  assertEquals(checkProcess(planted("src/cli/x.ts", text)), []);
  assertEquals(checkProcess(planted("main.ts", text)), []);
});

Deno.test("checkProcess() holds for the program", () => {
  assertEquals(modules.flatMap(checkProcess), []);
});

Deno.test("checkCasts() refuses casts and any, not `as const`", () => {
  const text = `const a = [1] as const; const b = c as string; let d: any; const e = <number>f; // as is`;
  assertEquals(checkCasts(planted("src/web/x.ts", text)).length, 3);
  assertEquals(checkCasts(planted("src/postgres/decode.ts", text)), []);
});

Deno.test("checkCasts() holds for the repository", () => {
  assertEquals(modules.flatMap(checkCasts), []);
});

Deno.test("checkExports() refuses default exports and barrels", () => {
  assertEquals(checkExports(planted("src/web/x.ts", `export default 1; export * from "./y.ts";`)).length, 2);
  assertEquals(checkExports(planted("src/std/cli/mod.ts", `export * from "./y.ts";`)), []);
});

Deno.test("checkExports() holds for the repository", () => {
  assertEquals(modules.flatMap(checkExports), []);
});

Deno.test("checkDeadExports() refuses what only tests use", () => {
  const x = planted(
    "src/web/x.ts",
    `export function a() {} export interface B {} export function c(): B { b(); }`,
  );
  const user = (path: string) =>
    planted(path, `import { a, c } from "${path === "main.ts" ? "./src" : "../src"}/web/x.ts";`);
  assertEquals(checkDeadExports([x, user("main.ts")]), []);
  assertEquals(checkDeadExports([x, user("tests/x_test.ts")]).length, 2);
});

Deno.test("checkDeadExports() holds for the program", () => {
  assertEquals(checkDeadExports(modules), []);
});

Deno.test("checkMirrors() refuses a file without test and an excuse without need", () => {
  const source = planted("src/web/x.ts", `export const a = () => 1;`);
  const types = planted("src/web/y.ts", `export interface A {} export const b = [1];`);
  const test = planted("tests/web/x_test.ts", ``);
  assertEquals(checkMirrors([source, types], {}), ["src/web/x.ts has no mirror test"]);
  assertEquals(checkMirrors([source, types, test], {}), []);
  assertEquals(checkMirrors([source, types], { "src/web/x.ts": "tried by the live tests" }), []);
  assertEquals(checkMirrors([source, test], { "src/web/x.ts": "no more" }).length, 1);
  const standIn = planted("src/std/cli/parse_args.ts", `export function a() {}`);
  assertEquals(checkMirrors([standIn], {}).length, 1);
  assertEquals(
    checkMirrors([standIn, planted("tests/std/x_test.ts", `import { a } from "@std/cli";`)], {}),
    [],
  );
});

Deno.test("checkMirrors() holds for the program", () => {
  assertEquals(checkMirrors(modules, WITHOUT_MIRROR), []);
});

Deno.test("checkModuleDocs() refuses a folder that no file explains", () => {
  const silent = planted("src/web/x.ts", `/** A number. */ export const a = 1;`);
  assertEquals(checkModuleDocs([silent]), ["src/web/ has no @module paragraph"]);
  assertEquals(
    checkModuleDocs([silent, planted("src/web/y.ts", `/**\n * The web.\n *\n * @module\n */\n`)]),
    [],
  );
});

Deno.test("checkModuleDocs() holds for the program", () => {
  assertEquals(checkModuleDocs(modules), []);
});

Deno.test("checkLength() refuses a file of 401 lines", () => {
  assertEquals(checkLength({ path: "src/web/x.ts", text: "\n".repeat(400) }), []);
  assertEquals(checkLength({ path: "src/web/x.ts", text: "\n".repeat(401) }).length, 1);
});

Deno.test("checkLength() holds for the repository", () => {
  assertEquals(files.flatMap(checkLength), []);
});

for (
  const text of [
    ["https://registry", "npmjs", "org/yaml"].join("."),
    ["jsr", "io"].join("."),
    ["cd", ["", "work", "main"].join("/")].join(" "),
    ["", "tmp", "exp", "deno.json"].join("/"),
    ["// TO", "DO later"].join(""),
    ["FIX", "ME"].join(""),
  ]
) {
  Deno.test(`checkForbiddenText() refuses ${text}`, () => {
    assertEquals(checkForbiddenText({ path: "README.md", text: `fine\n${text}\n` }).length, 1);
  });
}

Deno.test("checkForbiddenText() holds for the repository", () => {
  assertEquals(files.flatMap(checkForbiddenText), []);
});

// An import map resolves "ajv/dist/2020.js" only with a key "ajv/"; deno.json would also do without it.
Deno.test("jsr.import_map.json resolves every import", () => {
  const keys = Object.keys(jsr.imports);
  const names = modules.flatMap(({ imports }) => imports.map(({ specifier }) => specifier))
    .filter((name) => !/^(\.|node:|\(computed)/.test(name));
  assertEquals(names.includes("ajv/dist/2020.js"), true);
  const isResolved = (name: string) =>
    keys.some((key) => key === name || (key.endsWith("/") && name.startsWith(key)));
  assertEquals(names.filter((name) => !isResolved(name)), []);
});
