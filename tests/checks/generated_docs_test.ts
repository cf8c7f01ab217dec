import { assertEquals } from "@std/assert";
import { generatePages } from "../../compose/build/docs.ts";
import { catalogue } from "../../src/cli/catalogue.ts";
import { occupiedNames } from "../../src/metrics/definition.ts";
import { runtimeFlags } from "../../compose/build/runtime_flags.ts";
import { renderFlagsPage } from "../../compose/build/flags_page.ts";
import { renderMetricsPage } from "../../compose/build/metrics_page.ts";
import { readTree } from "./source_tree.ts";

const files = await readTree();

Deno.test("renderMetricsPage() writes one row per family and escapes what a table would break on", () => {
  const page = renderMetricsPage([
    { title: "None", text: "Left out.", families: [] },
    {
      title: "One",
      text: "Text.",
      families: [{ name: "a_b", type: "gauge", help: "x|y <z>", labels: ["l", "m"] }],
    },
  ]);
  assertEquals(page.includes("None"), false);
  assertEquals(page.split("\n").filter((line) => line.startsWith("| `")), [
    "| `a_b` | gauge | `l`, `m` | x\\|y &lt;z> |",
  ]);
});

Deno.test("renderFlagsPage() writes flag, variable, default and meaning", () => {
  const flag = {
    name: "web.x",
    placeholder: "A|B",
    help: "Meaning.",
    group: "G",
    default: "1",
    isRepeatable: true,
    isNegatable: false,
    isCommand: false,
    brief: "",
    commands: [],
  };
  const rows = renderFlagsPage([flag]).split("\n").filter((line) => line.startsWith("| `"));
  assertEquals(rows, ["| `--web.x=A\\|B` | `PGREPL_WEB_X` | `1` | Meaning. May be repeated. |"]);
});

for (const { path, text } of generatePages()) {
  Deno.test(`${path} is what deno task docs writes`, () => {
    assertEquals(files.find((file) => file.path === path)?.text, text);
  });
}

/** Names of metrics on a page that no definition has. */
function unknownMetrics(markdown: string, known: ReadonlySet<string>): readonly string[] {
  const names = [...markdown.matchAll(/\bpgrepl_(?:[a-z]+_)*[a-z]+\b/g)].map(([name]) => name);
  return names.filter((name) => !known.has(name));
}

Deno.test("unknownMetrics() finds a metric that is not there", () => {
  assertEquals(unknownMetrics("`pgrepl_up` and `pgrepl_down`, pg_monitor", new Set(["pgrepl_up"])), [
    "pgrepl_down",
  ]);
});

Deno.test("the pages name no metric that is not there", () => {
  const pages = files.filter(({ path }) => path.endsWith(".md") && path !== "CHANGELOG.md");
  const known = new Set(catalogue.flatMap((family) => [family.name, ...occupiedNames(family)]));
  assertEquals(pages.flatMap(({ text }) => unknownMetrics(text, known)), []);
});

Deno.test("the task start has the permissions of the binary", () => {
  const task = /"command": "(deno run [^"]* main\.ts)"/.exec(
    files.find(({ path }) => path === "deno.json")?.text ?? "",
  );
  const flags = runtimeFlags().map((flag) => flag.includes("*") ? `'${flag}'` : flag);
  assertEquals(task?.[1], ["deno", "run", ...flags, "main.ts"].join(" "));
});
