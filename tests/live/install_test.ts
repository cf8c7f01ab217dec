import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { reasonToSkip, untilHolds, withCluster } from "./support.ts";

const page = await Deno.readTextFile(new URL("../../docs/INSTALL.md", import.meta.url));

/** The code blocks of one language, in the order of the page. */
function blocks(language: string): readonly string[] {
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , code = ""]) => code);
}

/** The lab already has a role with the page's name. */
function forLab(sql: string): string {
  return sql.replaceAll(/\bmonitor\b/g, "installed").replaceAll("'choose one'", "'chosen'");
}

Deno.test("INSTALL.md creates the role first, drops it, and has another for a Unix socket", () => {
  const sql = blocks("sql");
  assertEquals(sql.length, 5);
  assertStringIncludes(sql[0] ?? "", "CREATE ROLE monitor");
  assertStringIncludes(sql[3] ?? "", "DROP ROLE monitor");
  assertStringIncludes(sql[4] ?? "", 'CREATE ROLE "pg-replication-exporter"');
});

Deno.test({
  name: "the SQL and pg_hba.conf lines of INSTALL.md give everything the exporter needs, and can be undone",
  ignore: reasonToSkip() !== null,
  fn: () =>
    withCluster({ standbys: 1 }, async (cluster) => {
      const { primary } = cluster;
      const [role = "", tables = "", reload = "", removal = "", forSocket = ""] = blocks("sql").map(forLab);
      await primary.sql(role);
      await primary.sql(forSocket);
      const isMonitor = "SELECT pg_has_role('pg-replication-exporter', 'pg_monitor', 'USAGE')";
      assertEquals(await primary.text(isMonitor), "true");
      await primary.sql(tables);
      await cluster.untilCaughtUp();

      // The line of the page, for the address of the lab and without TLS, above the lab's lines, so that only it applies.
      const [line = ""] = blocks("text").map(forLab);
      const own = line.replace("hostssl", "host").replace("192.0.2.10/32", "127.0.0.1/32");
      const refuse = "host all installed all reject\n";
      for (const server of cluster.servers) {
        const file = `${server.dataDir}/pg_hba.conf`;
        await Deno.writeTextFile(file, `${line}${own}${refuse}${await Deno.readTextFile(file)}`);
        for (const statement of reload.split(";\n").filter((text) => text.trim() !== "")) {
          const isRules = statement.includes("pg_hba_file_rules");
          const rows = await server.sql(statement);
          // Without TLS PostgreSQL warns about hostssl; anything else would be an invalid line.
          if (isRules) assertEquals(rows.filter(({ error }) => !/ssl/i.test(String(error))), []);
        }
      }

      await using exporter = await ServeProcess.start(FROM_SOURCE, {
        args: [
          "--management.socket=none",
          "--collect.interval=1s",
          "--collect.deadline=30s",
          "--consistency.table=public.test_data",
          "--consistency.interval=2s",
          ...cluster.servers.map(({ name, port }) =>
            `--server=${name}=postgresql://installed:chosen@127.0.0.1:${port}/postgres`
          ),
        ],
      });
      const valuesOf = (text: string, pattern: RegExp) =>
        [...text.matchAll(pattern)].map(([series]) => series);
      await untilHolds("every server to be up, everything read and the table compared", async () => {
        const text = await exporter.scrape();
        assertEquals(valuesOf(text, /^pgrepl_up\{.*\} 1$/gm).length, cluster.servers.length);
        assertEquals(valuesOf(text, /^pgrepl_consistency_verdict\{.*verdict="equal".*\} 1$/gm).length, 1);
        const runs = valuesOf(text, /^pgrepl_collector_success\{.*$/gm);
        assert(runs.length > 10, text);
        assertEquals(runs.filter((series) => !series.endsWith(" 1")), []);
        assertEquals(
          valuesOf(text, /^pgrepl_collector_outcome\{.*outcome="(failed|skipped_right)".*\} 1$/gm),
          [],
        );
        assertEquals(valuesOf(text, /^pgrepl_finding\{.*check="missing_rights".*\} 1$/gm), []);
      });
      assertEquals((await exporter.stop()).code, 0);

      await primary.sql(removal);
      assertEquals(await primary.text("SELECT count(*) FROM pg_roles WHERE rolname = 'installed'"), "0");
    }),
});
