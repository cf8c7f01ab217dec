import { assertEquals } from "@std/assert";
import { BUILD } from "../../src/cli/build_info.ts";
import { checkChangelog, checkFolders, checkLinks, checkTasks } from "./documents.ts";
import { readTree, type TextFile } from "./source_tree.ts";

const files = await readTree();
const pages = files.filter(({ path }) => path.endsWith(".md"));

function read(path: string): TextFile {
  const file = files.find((one) => one.path === path);
  if (file === undefined) throw new Error(`${path} is not there`);
  return file;
}

function readDenoJson(): { readonly version: string; readonly tasks: ReadonlySet<string> } {
  const parsed: unknown = JSON.parse(read("deno.json").text);
  if (
    typeof parsed === "object" && parsed !== null && "version" in parsed &&
    typeof parsed.version === "string" &&
    "tasks" in parsed && typeof parsed.tasks === "object" && parsed.tasks !== null
  ) {
    return { version: parsed.version, tasks: new Set(Object.keys(parsed.tasks)) };
  }
  throw new SyntaxError("deno.json has no version or no tasks");
}

Deno.test("checkLinks() refuses a missing file and a missing heading", () => {
  const page = {
    path: "docs/A.md",
    text:
      "# One thing\n[a](../README.md) [b](B.md) [c](#one-thing) [d](#two) `[e](C.md)` [f](https://x.y/z) [g](../src/)",
  };
  const others = [page, { path: "README.md", text: "# R" }, { path: "src/a.ts", text: "" }];
  assertEquals(checkLinks(page, others), [
    "docs/A.md links to B.md, which does not exist",
    "docs/A.md links to #two, but docs/A.md has no such heading",
  ]);
});

Deno.test("checkLinks() holds for every page", () => {
  assertEquals(pages.flatMap((page) => checkLinks(page, files)), []);
});

Deno.test("checkTasks() refuses a task that is not there", () => {
  const page = {
    path: "README.md",
    text: "`npx -y deno@2.9.6 task demo`, `deno task test:jsr`, `deno task dance`",
  };
  assertEquals(checkTasks(page, new Set(["demo", "test:jsr"])), [
    'README.md names the task "dance", which deno.json does not have',
  ]);
});

Deno.test("checkTasks() holds for every page", () => {
  assertEquals(pages.flatMap((page) => checkTasks(page, readDenoJson().tasks)), []);
});

Deno.test("checkChangelog() refuses another version and a line without tag", () => {
  const page = {
    path: "CHANGELOG.md",
    text: "# Changelog\n\n## 0.1.0 / today\n\n- [FEATURE] a: b\n- c: d\n",
  };
  assertEquals(checkChangelog(page, "0.1.0"), ['CHANGELOG.md: no tag in "- c: d"']);
  assertEquals(checkChangelog(page, "0.2.0").length, 2);
});

Deno.test("checkChangelog() holds", () => {
  assertEquals(checkChangelog(read("CHANGELOG.md"), readDenoJson().version), []);
});

Deno.test("build_info.ts has the version of deno.json", () => {
  assertEquals(BUILD.version, readDenoJson().version);
});

Deno.test("checkFolders() refuses a folder without a sentence and a sentence without a folder", () => {
  const page = {
    path: "A.md",
    text: "| `src/a` | Things. | b |\n| `src/b` |  | |\n| `src/c`, `src/d` | More. | |",
  };
  assertEquals(checkFolders(page, ["src/a/x.ts", "src/b/x.ts", "src/d/x.ts", "src/e/f/x.ts"]), [
    "A.md describes src/c, which does not exist",
    "A.md does not say what may live in src/b",
    "A.md does not say what may live in src/e/f",
  ]);
});

Deno.test("checkFolders() holds for the architecture", () => {
  assertEquals(checkFolders(read(".github/ARCHITECTURE.md"), files.map(({ path }) => path)), []);
});
