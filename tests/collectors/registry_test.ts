import { assert, assertEquals } from "@std/assert";
import { statementFor } from "../../src/collectors/collector.ts";
import { collectors } from "../../src/collectors/registry.ts";
import type { CollectorName } from "../../src/domain/facts.ts";
import { lintCatalogue } from "../../compose/build/metric_lint.ts";
import { factsOf } from "./collecting.ts";

const NAMES: readonly CollectorName[] = [
  "server",
  "senders",
  "receiver",
  "recovery",
  "slots",
  "subscriptions",
  "origins",
  "decoding",
  "sync",
  "wal",
  "settings",
  "manager",
  "prefetch",
  "conflicts",
  "activity",
  "archiver",
  "archive_queue",
  "wal_directory",
];

Deno.test("collectors come in order: the server first, the slow ones last", () => {
  assertEquals(collectors.map(({ name }) => name), NAMES);
});

Deno.test("families are unique over all collectors and pass the lint of the catalogue", () => {
  const families = collectors.flatMap((collector) => collector.families);
  const names = families.map(({ name }) => name);
  assertEquals(names.filter((name, index) => names.indexOf(name) !== index), []);
  assertEquals(lintCatalogue(families, []).problems, []);
});

Deno.test("labels begin with instance and cluster, and none is a process id or an identifying port", () => {
  for (const family of collectors.flatMap((collector) => collector.families)) {
    assertEquals(family.labels.slice(0, 2), ["instance", "cluster"], family.name);
    assertEquals(family.labels.filter((label) => label.includes("pid")), [], family.name);
    if (family.type !== "info") {
      assertEquals(family.labels.filter((label) => label.includes("port")), [], family.name);
    }
  }
});

Deno.test("helps name the view, function or setting they come from", () => {
  for (const family of collectors.flatMap((collector) => collector.families)) {
    assert(/\(.*(pg_|setting |server_version).*\)/.test(family.help), `${family.name}: ${family.help}`);
  }
});

Deno.test("version ranges of a collector leave no gap and do not overlap", () => {
  for (const { name, statements } of collectors) {
    for (const [index, { from, until }] of statements.entries()) {
      const next = statements[index + 1];
      assertEquals(until, next?.from, `${name}: the end of a range is the start of the next`);
      assert((from ?? 0) < (until ?? Infinity), `${name}: a range is not empty`);
      if (index > 0) assert(from !== undefined, `${name}: only the first range is open below`);
    }
  }
});

Deno.test("every collector has a statement from 13 on but for those of newer views, and all have one on 19", () => {
  for (const collector of collectors) {
    const isNewer = collector.name === "prefetch" || collector.name === "origins";
    assertEquals(statementFor(collector.statements, 130000) !== null, !isNewer, collector.name);
    assert(statementFor(collector.statements, 190000) !== null, collector.name);
  }
});

/** Whether it is set may be asked: a boolean leaves the server; and a live test sees that of its text only the name does. */
const IS_ASKED = [
  "current_setting('primary_conninfo') <> '' END AS has_primary_conninfo",
  "pg_catalog.strpos(pg_catalog.current_setting('primary_conninfo'), E'",
  "pg_catalog.strpos(pg_catalog.current_setting('primary_conninfo'), E'",
  "THEN pg_catalog.current_setting('primary_conninfo') ~ '",
  "pg_catalog.substring(\n    pg_catalog.current_setting('primary_conninfo'),",
];

Deno.test("statements are single, have no parameters and never read a connection string", () => {
  for (const { name, statements } of collectors) {
    for (const { sql } of statements) {
      assertEquals(
        /;|\$\d|conninfo|restore_command'\)\s+AS/.exec(
          IS_ASKED.reduce((text, each) => text.replace(each, ""), sql),
        )?.[0],
        undefined,
        name,
      );
    }
  }
});

Deno.test("statements name the schema of every relation and function", () => {
  const keywords = ["AND", "AS", "COALESCE", "EXTRACT", "FROM", "GREATEST", "NULLIF", "ON", "THEN", "WHERE"];
  keywords.push("SELECT", "EXISTS", "ELSE", "WHEN", "CASE", "IN", "NOT", "FILTER", "BY", "ROW");
  keywords.push("ANY", "JOIN", "LATERAL", "MATERIALIZED");
  for (const { name, statements } of collectors) {
    for (const { sql } of statements) {
      const calls = [...sql.matchAll(/(?<![\w.'])(\w+)\s?\(/g)].map((match) => match[1] ?? "");
      assertEquals(calls.filter((call) => !keywords.includes(call)), [], `${name}: functions`);
      const relations = [...sql.matchAll(/\b(?:FROM|JOIN|LATERAL)\s+(pg_\w+)(?!\w|\.)/g)]
        .map((match) => match[1] ?? "").filter((relation) => relation !== "pg_catalog");
      assertEquals(relations, [], `${name}: relations`);
    }
  }
});

Deno.test("texts with a backslash do not depend on standard_conforming_strings, which a pooler decides", () => {
  for (const { name, statements } of collectors) {
    const texts = statements.flatMap(({ sql }) => [...sql.matchAll(/(\w*)'([^']*)'/g)]);
    const dependent = texts.filter(([, prefix, text = ""]) => text.includes("\\") && prefix !== "E");
    assertEquals(dependent.map(([text]) => text), [], name);
  }
});

Deno.test("only the slow collectors have a timeout of their own", async () => {
  for (const collector of collectors) {
    const asked: { sql: string; statementTimeoutSeconds: number | undefined }[] = [];
    await factsOf(collector, [], { asked });
    const isSlow = collector.name === "wal_directory" || collector.name === "archive_queue";
    assertEquals(
      asked.map((each) => each.statementTimeoutSeconds),
      [isSlow ? 0.5 : undefined],
      collector.name,
    );
  }
});

Deno.test("a collector sends its statement before it awaits anything, so that all statements travel together", () => {
  for (const collector of collectors) {
    let asked = 0;
    const facts = collector.collect({
      versionNum: 180004,
      role: "primary",
      query: () => {
        asked++;
        return Promise.resolve([]);
      },
    });
    facts.next();
    assertEquals(asked, 1, collector.name);
  }
});
