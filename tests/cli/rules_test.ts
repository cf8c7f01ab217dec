import { assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "yaml";
import { alertGroups, recordings } from "../../src/report/alerts/catalogue.ts";
import { buildRuleFile } from "../../src/report/alerts/rule_file.ts";
import { runProgram } from "./program.ts";

Deno.test("printRules() writes the rules as YAML with the address of the runbooks", async () => {
  const { code, stdout, stderr } = await runProgram(["rules", "--runbook-url=https://wiki.example/pg/"]);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(
    parse(stdout),
    buildRuleFile(alertGroups, { recordings, runbookUrl: "https://wiki.example/pg" }),
  );
  assertStringIncludes(
    (await runProgram(["rules"])).stdout,
    "runbook_url: docs/runbooks/PgreplServerDown.md",
  );
});
