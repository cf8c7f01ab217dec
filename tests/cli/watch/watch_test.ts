import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readWatchFlags } from "../../../src/cli/watch/watch.ts";
import { ConfigError } from "../../../src/config/config_error.ts";
import { runProgram } from "../program.ts";

const flags = (given: Readonly<Record<string, string>>) =>
  readWatchFlags({ option: (name) => given[name], isOn: (name) => given[name] === "true" });

Deno.test("readWatchFlags() has defaults", () => {
  assertEquals(flags({}), { intervalSeconds: 1, sort: "lag", count: null, isPlain: false });
});

Deno.test("readWatchFlags() reads each flag", () => {
  assertEquals(flags({ interval: "500ms", sort: "cluster", count: "12", plain: "true" }), {
    intervalSeconds: 0.5,
    sort: "cluster",
    count: 12,
    isPlain: true,
  });
});

for (
  const [name, value, problem] of [
    ["interval", "soon", "Cannot parse duration"],
    ["interval", "0", "expected at least 100ms"],
    ["interval", "99ms", "expected at least 100ms"],
    ["sort", "size", "expected lag, name, cluster"],
    ["count", "0", "expected a whole number of at least 1"],
    ["count", "1.5", "expected a whole number of at least 1"],
    ["count", "many", "expected a whole number of at least 1"],
  ] as const
) {
  Deno.test(`readWatchFlags() refuses --${name}=${value}`, () => {
    const error = assertThrows(() => flags({ [name]: value }), ConfigError);
    assertStringIncludes(error.message, problem);
    assertStringIncludes(error.message, `--${name}`);
  });
}

Deno.test("watch reports every mistake and exits with 2", async () => {
  const { code, stdout, stderr } = await runProgram(["watch", "--sort=x", "--count=y"]);
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, '--sort" is "x"');
  assertStringIncludes(stderr, '--count" is "y"');
});

Deno.test("watch without a server explains what to do", async () => {
  const { code, stderr } = await runProgram(["watch"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "No server to watch is configured");
});
