import { assert, assertEquals, assertGreater } from "@std/assert";
import { catalogue } from "../../src/cli/catalogue.ts";
import { findProgram } from "../exposition/programs.ts";
import { codeIn, metricsIn, oursOf } from "./migration_pages.ts";
import { readTree } from "./source_tree.ts";

const files = await readTree();
const pages = files.filter(({ path }) => path.startsWith("docs/migration/"));
const known = new Set(catalogue.map(({ name }) => name));
const promtool = await findProgram("promtool");
const ignore = promtool === null;
const missing = ignore ? " (skipped: no promtool on the PATH)" : "";

/** Code in a column "Ours" that is an expression, not a word of the login or a label. */
const expressions = pages.flatMap(({ path, text }) =>
  oursOf(text).flatMap(codeIn).filter((code) => metricsIn(code).length > 0).map((code) => ({ path, code }))
);

async function check(kind: "config" | "rules", text: string): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".yml" });
  try {
    await Deno.writeTextFile(file, text);
    const { code, stdout, stderr } = await new Deno.Command("promtool", { args: ["check", kind, file] })
      .output();
    assertEquals(code, 0, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("oursOf() and metricsIn() find what is ours in a table", () => {
  const page =
    '| Theirs | Ours | Why |\n|---|---|---|\n| `pg_a` | `pgrepl_up{x=~"a\\|b"} == 0`, or none | b |\n\n' +
    "| A | B |\n|---|---|\n| `pg_b` | `pg_c` |\n";
  assertEquals(oursOf(page), ['`pgrepl_up{x=~"a\\|b"} == 0`, or none']);
  assertEquals(oursOf(page).flatMap(codeIn), ['pgrepl_up{x=~"a|b"} == 0']);
  assertEquals(metricsIn('max(pg_x{a="pg_y"}) > on (b) pgrepl_z'), ["pg_x", "pgrepl_z"]);
});

Deno.test("docs/migration has a page for each of four", () => {
  assertEquals(pages.map(({ path }) => path.split("/").at(-1)).sort(), [
    "original-script.md",
    "pg_exporter.md",
    "pgexporter.md",
    "postgres_exporter.md",
  ]);
});

for (const { path, text } of pages) {
  const isOriginal = path.endsWith("/original-script.md");
  const named = isOriginal
    ? [...text.matchAll(/^\| (`pg_[^|]*)\|/gm)].flatMap(([, cell]) => codeIn(cell ?? ""))
    : oursOf(text).flatMap(codeIn).flatMap(metricsIn);

  Deno.test(`${path}: every metric that is called ours is in the catalogue`, () => {
    assertGreater(named.length, 10);
    assertEquals(named.filter((name) => !known.has(name)), []);
  });
}

Deno.test("docs/migration/original-script.md names every classic family", () => {
  const page = pages.find(({ path }) => path.endsWith("/original-script.md"))?.text ?? "";
  const classic = [...known].filter((name) => name.startsWith("pg_"));
  assertEquals(classic.filter((name) => !page.includes(`\`${name}\``)), []);
});

Deno.test({
  name: `docs/migration: Prometheus understands every expression of ours${missing}`,
  ignore,
  async fn() {
    assert(expressions.length > 80, String(expressions.length));
    const rules = expressions.map(({ path, code }, index) => ({
      alert: `Rule${index}`,
      expr: code.replaceAll("…", "x"),
      annotations: { page: path },
    }));
    await check("rules", JSON.stringify({ groups: [{ name: "migration", rules }] }));
  },
});

for (const { path, text } of pages) {
  for (const [, block = ""] of text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)) {
    Deno.test({
      name: `${path}: promtool accepts its configuration${missing}`,
      ignore,
      fn: () => check("config", block),
    });
  }
}

Deno.test("docs/README.md has a line for every page", () => {
  const index = files.find(({ path }) => path === "docs/README.md")?.text ?? "";
  const linked = new Set([...index.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => `docs/${link}`));
  const expected = files.map(({ path }) => path).filter((path) =>
    /^docs\/(?:migration\/)?[^/]+\.(?:md|json)$/.test(path) && path !== "docs/README.md"
  );
  assertGreater(expected.length, 10);
  assertEquals(expected.filter((path) => !linked.has(path)), []);
  assert(linked.has("docs/runbooks/README.md"));
});
