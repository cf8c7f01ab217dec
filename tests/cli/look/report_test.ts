import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { exitCodeOf, readReportFlags } from "../../../src/cli/look/report.ts";
import { ConfigError } from "../../../src/config/config_error.ts";
import { runProgram } from "../program.ts";

const read = (options: Readonly<Record<string, string>>) =>
  readReportFlags({ option: (name) => options[name], isOn: (name) => options[name] === "true" });

Deno.test("readReportFlags() reads format and sample", () => {
  assertEquals(read({}), { format: "text", sampleSeconds: 3 });
  assertEquals(read({ json: "true", sample: "500ms" }), { format: "json", sampleSeconds: 0.5 });
  assertEquals(read({ format: "json" }), { format: "json", sampleSeconds: 3 });
});

for (
  const [options, message] of [
    [{ format: "jsn" }, 'Flag "--format" is "jsn"'],
    [{ format: "text", json: "true" }, "contradict each other"],
    [{ sample: "soon" }, 'Flag "--sample"'],
    [{ sample: "2h" }, "expected at most 1h"],
  ] as const satisfies readonly (readonly [Readonly<Record<string, string>>, string])[]
) {
  Deno.test(`readReportFlags() refuses ${JSON.stringify(options)}`, () => {
    const error = assertThrows(() => read(options), ConfigError);
    assertStringIncludes(error.message, message);
  });
}

Deno.test("report exits with 3, unknown, when it cannot start", async () => {
  for (
    const [args, message] of [
      [["report", "--format=xml"], 'Flag "--format" is "xml"'],
      [["report", "--from=nowhere"], 'Flag "--from" is not an address'],
      [["report", "--server=nonsense"], "--server"],
      [["report", "--from=http://u:c4n4ry@127.0.0.1:1"], "must not contain a login"],
    ] as const
  ) {
    const { code, stdout, stderr } = await runProgram([...args]);
    assertEquals([code, stdout], [3, ""], args.join(" "));
    assertStringIncludes(stderr, message);
    assertEquals(stderr.includes("c4n4ry"), false);
  }
});

Deno.test("report --help lists its own flags", async () => {
  const { code, stdout } = await runProgram(["report", "--help"]);
  assertEquals(code, 0);
  for (const flag of ["--format", "--sample", "--from", "--from.ca-file", "--json"]) {
    assertStringIncludes(stdout, flag);
  }
});

Deno.test("exitCodeOf() returns the codes of monitoring plugins", () => {
  assertEquals((["healthy", "warning", "critical", "unknown"] as const).map(exitCodeOf), [0, 1, 2, 3]);
});
