import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { docPages } from "../../../compose/build/doc_pages.ts";
import { archiveFiles, denortFor, selectTargets, TARGETS } from "../../../compose/build/release.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

Deno.test("selectTargets() takes all, or those named, and knows no others", () => {
  assertEquals(selectTargets("").map(({ name }) => name), [
    "linux-x64",
    "linux-arm64",
    "macos-x64",
    "macos-arm64",
    "windows-x64",
  ]);
  assertEquals(selectTargets("windows-x64, linux-x64").map(({ name }) => name), ["linux-x64", "windows-x64"]);
  assertThrows(() => selectTargets("linux-x64,amiga"), SyntaxError, "amiga: expected some of linux-x64");
});

Deno.test("denortFor() gives DENORT_BIN to the machine's own system alone", () => {
  const variables: Readonly<Record<string, string>> = { DENORT_BIN: "/own", DENORT_BIN_MACOS_ARM64: "/mac" };
  const host = "x86_64-unknown-linux-gnu";
  const found = TARGETS.map((target) => denortFor(target, { environment: (name) => variables[name], host }));
  assertEquals(found, ["/own", "", "", "/mac", ""]);
});

Deno.test("archiveFiles() copies only what is there, and packs per system what it can use", async () => {
  const generated = { manPage: "page", completion: (shell: string) => `for ${shell}` };
  const pages = await docPages(ROOT, "docs/");
  for (const target of TARGETS) {
    const files = archiveFiles(target, { directory: "d", binary: `${ROOT}main.ts`, generated, pages });
    const paths = files.map(({ path }) => path);
    for (const { content } of files) if (typeof content !== "string") await Deno.stat(content.copyOf);
    const system = target.name.split("-")[0];
    assertEquals(paths.includes("d/pg-replication-exporter.service"), system === "linux");
    assertEquals(paths.includes("d/pg-replication-exporter.1"), system !== "windows");
    assertEquals(paths.includes("d/pg-replication-exporter.exe"), system === "windows");
    assertEquals(files.filter(({ mode }) => mode === 0o755).length, 1);
    for (const name of ["README.md", "LICENSE", "CHANGELOG.md", "docs/INSTALL.md"]) {
      assertEquals(paths.includes(`d/${name}`), true, name);
    }
  }
});

/** The task as it is run, with nothing that could be downloaded or compiled. */
async function runTask(args: readonly string[], env: Readonly<Record<string, string>>, output: string) {
  const result = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `${ROOT}compose/build/release.ts`, `--output=${output}`, ...args],
    env: { SOURCE_DATE_EPOCH: "1700000000", ...env },
    stdin: "null",
  }).output();
  return { code: result.code, stderr: new TextDecoder().decode(result.stderr) };
}

Deno.test("the task says which archives are missing and why, and fails", async () => {
  const output = await Deno.makeTempDir({ prefix: "pgrepl-release-" });
  try {
    const missing = { DENORT_BIN_LINUX_ARM64: "/none/a", DENORT_BIN_WINDOWS_X64: "/none/w" };
    const { code, stderr } = await runTask(["--targets=linux-arm64,windows-x64"], missing, output);
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, 'linux-arm64: NOT MADE. Cannot compile: the denort to use is "/none/a"');
    assertStringIncludes(stderr, "DENORT_BIN_WINDOWS_X64");
    assertStringIncludes(stderr, "2 of 2 archives are missing");
    assertEquals(await Deno.readTextFile(`${output}/SHA256SUMS`), "");
    const unknown = await runTask(["--targets=amiga"], {}, output);
    assertEquals([unknown.code, unknown.stderr.includes("Unknown target amiga")], [1, true], unknown.stderr);
  } finally {
    await Deno.remove(output, { recursive: true });
  }
});
