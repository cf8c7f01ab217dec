import { assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { checkServing, type ServedConfig } from "../../../src/cli/check_config/serve_problems.ts";
import { ConfigError } from "../../../src/config/config_error.ts";
import { runProgram } from "../program.ts";

const SERVER = "--server=a=host=a user=u";
const WEB_CONFIG =
  "basic_auth_users: { prometheus: $2y$10$tbu6YLqyrcD1fMFEJLPcjupZChI/yp8OMO/WznU14JAFfY5MR8XJa }\n";

/** Checks with permission to write only in the two directories of the binary. */
async function look(config: ServedConfig, files: Readonly<Record<string, string>> = {}) {
  try {
    return await checkServing(config, {
      settings: new Map([["state.file", { values: ["x"], origin: "file", label: "x.yml:3:9" }]]),
      readTextFile: (path) => {
        const text = files[path];
        return text === undefined ? Promise.reject(new Deno.errors.NotFound(path)) : Promise.resolve(text);
      },
      mayWrite: (path) => /^\/(run|var\/lib)\/pg-replication-exporter\//.test(path),
      wallNow: 0,
      runtime: "2.9.6",
    });
  } catch (error) {
    assertInstanceOf(error, ConfigError);
    return error;
  }
}

Deno.test("checkServing() names every path that serve may not write to, with its source", async () => {
  const error = await look({ web: {}, managementSocket: "/tmp/x.sock", stateFile: "/tmp/x.json" });
  assertInstanceOf(error, ConfigError);
  assertEquals(error.problems, [
    "--management.socket: management.socket: this program may not write there: choose a path in " +
    "/run/pg-replication-exporter, or none",
    "x.yml:3:9: state.file: this program may not write there: choose a path in /var/lib/pg-replication-exporter",
  ]);
  assertEquals(
    await look({
      web: {},
      managementSocket: "/run/pg-replication-exporter/a.sock",
      stateFile: "/var/lib/pg-replication-exporter/a.json",
    }),
    [],
  );
  assertEquals(await look({ web: {}, managementSocket: "none" }), []);
});

Deno.test("checkServing() reads the web configuration as serve does", async () => {
  assertEquals(await look({ web: { configFile: "web.yml" } }, { "web.yml": WEB_CONFIG }), []);
  for (
    const [text, part] of [
      ["basic_auth_user: {}\n", 'did you mean "basic_auth_users"?'],
      ["tls_server_config: { cert_file: a.crt, key_file: a.key }\n", "Cannot read cert_file a.crt"],
      [null, "there is no such file"],
    ] as const
  ) {
    const error = await look({ web: { configFile: "web.yml" } }, text === null ? {} : { "web.yml": text });
    assertInstanceOf(error, ConfigError);
    assertStringIncludes(error.message, part);
    assertStringIncludes(error.advice, "docs/SECURITY.md");
  }
});

Deno.test("check-config fails for a web configuration that serve refuses, and shows its warnings", async () => {
  const check = (webConfig: string, ...more: readonly string[]) =>
    runProgram(["check-config", SERVER, "--web.config.file=web.yml", ...more], {
      files: { "web.yml": webConfig },
    });
  const wrong = await check("nonsense: 1\n");
  assertEquals([wrong.code, wrong.stdout], [2, ""]);
  assertStringIncludes(wrong.stderr, 'web.yml:1:1: unknown key "nonsense"');
  const costly = WEB_CONFIG.replace("$10$", "$15$");
  const warned = await check(costly);
  assertEquals([warned.code, warned.stderr], [0, ""]);
  assertStringIncludes(warned.stdout, "\nWarnings\n  ");
  const { warnings } = JSON.parse((await check(costly, "--json")).stdout);
  assertEquals([Array.isArray(warnings), warnings.length], [true, 1]);
  assertEquals((await check(WEB_CONFIG)).stdout.includes("Warnings"), false);
});
