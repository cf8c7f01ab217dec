import { assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "yaml";
import { alertGroups, recordings } from "../../src/report/alerts/catalogue.ts";
import { buildInhibitRules, inhibitions } from "../../src/report/alerts/inhibitions.ts";
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
    "runbook_url: http://localhost:9188/runbooks/PgreplServerDown\n",
  );
  const files = {
    "/etc/hostname": "mon1\n",
    "/etc/pg-replication-exporter/config.yml":
      "web: {listen_address: \":9288\"}\nservers: [{name: a, dsn: 'host=a user=u'}]\n",
  };
  assertStringIncludes(
    (await runProgram(["rules"], { files })).stdout,
    " http://mon1:9288/runbooks/PgreplServerDown\n",
  );
  const withWebConfig = async (text: string) => {
    const config = "web: {config: {file: /web.yml}}\nservers: [{name: a, dsn: 'host=a user=u'}]\n";
    const web = { ...files, "/etc/pg-replication-exporter/config.yml": config, "/web.yml": text };
    return (await runProgram(["rules"], { files: web })).stdout;
  };
  const tls = "tls_server_config: {cert_file: cert.pem, key_file: key.pem}";
  assertStringIncludes(await withWebConfig(tls), " https://mon1:9188/runbooks/PgreplServerDown\n");
  assertStringIncludes(
    await withWebConfig("rate_limit: {}"),
    " http://mon1:9188/runbooks/PgreplServerDown\n",
  );
  const broken = { ...files, "/etc/pg-replication-exporter/config.yml": "serverz: []\n" };
  const despite = await runProgram(["rules"], { files: broken });
  assertEquals(despite.code, 0);
  assertStringIncludes(despite.stdout, " http://mon1:9188/runbooks/PgreplServerDown\n");
  const { stdout: named } = await runProgram(["rules", "--runbook-url=https://git/blob/NAME.md"]);
  assertStringIncludes(named, "runbook_url: https://git/blob/PgreplServerDown.md\n");
});

Deno.test("printRules() writes what Alertmanager needs beside them, and nothing else, with --inhibit", async () => {
  const { code, stdout, stderr } = await runProgram(["rules", "--inhibit"]);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(parse(stdout), buildInhibitRules(inhibitions));
  const both = await runProgram(["rules", "--inhibit", "--runbook-url=x"]);
  assertEquals([both.code, both.stdout], [2, ""]);
  assertStringIncludes(both.stderr, '"--inhibit" and "--runbook-url" cannot be combined');
});
