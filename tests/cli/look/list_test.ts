import { assertEquals, assertStringIncludes } from "@std/assert";
import { renderReportJson } from "../../../src/report/json.ts";
import { deriveServerList, renderServerList, renderServerTsv } from "../../../src/report/server_list.ts";
import { goldenReport } from "../../report/golden_views.ts";
import { runProgram } from "../program.ts";

const report = goldenReport("standby_cut");

Deno.test("list prints the servers of an exporter in each format, and exits with 0 whatever they are", async () => {
  const stop = new AbortController();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {}, signal: stop.signal },
    () => new Response(renderReportJson(report)),
  );
  const entries = deriveServerList(report);
  const json = `${JSON.stringify(entries, null, 2)}\n`;
  try {
    for (
      const [flags, expected] of [
        [[], renderServerList(entries, { color: false })],
        [["--format=tsv"], renderServerTsv(entries)],
        [["--format=json"], json],
        [["--json"], json],
      ] as const
    ) {
      const { code, stdout } = await runProgram([
        "list",
        `--from=http://127.0.0.1:${server.addr.port}`,
        ...flags,
      ]);
      assertEquals([code, stdout], [0, expected]);
    }
  } finally {
    stop.abort();
    await server.finished;
  }
});

Deno.test("list refuses other formats and contradictions", async () => {
  const wrong = await runProgram(["list", "--format=tvs", "--from=db1:9188"]);
  assertEquals([wrong.code, wrong.stdout], [2, ""]);
  assertStringIncludes(wrong.stderr, 'Flag "--format" is "tvs", did you mean "tsv"?');
  const both = await runProgram(["list", "--format=tsv", "--json", "--from=db1:9188"]);
  assertStringIncludes(both.stderr, 'Flags "--json" and "--format=tsv" contradict each other');
});
