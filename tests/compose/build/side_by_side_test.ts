import { assertEquals } from "@std/assert";
import { type Run, runSideBySide } from "../../../compose/build/side_by_side.ts";

function script(name: string, code: string): Run {
  return { name, args: ["eval", code], env: { NO_COLOR: "1" } };
}

async function run(runs: readonly Run[], jobs: number) {
  const written: string[] = [];
  const failed = await runSideBySide(runs, {
    jobs,
    write: (bytes) => Promise.resolve(void written.push(new TextDecoder().decode(bytes))),
  });
  return { failed, written };
}

Deno.test("runSideBySide() runs all, writes each output as a whole and returns the failed ones in order", async () => {
  const { failed, written } = await run([
    script("a", "console.log('a1'); console.error('a2'); Deno.exit(3)"),
    script("b", "console.log('b')"),
    script("c", "console.log('c'); Deno.exit(1)"),
  ], 2);
  assertEquals(failed, ["a", "c"]);
  assertEquals(written.toSorted().map((text) => text.split("\n").toSorted()), [["", "a1", "a2"], ["", "b"], [
    "",
    "c",
  ]]);
});

Deno.test("runSideBySide() limits the number of concurrent runs", async () => {
  const path = await Deno.makeTempFile();
  try {
    // Each run checks that the file is empty and marks it while it runs: two at once would see each other.
    const code = `const path = ${JSON.stringify(path)}; console.log(Deno.readTextFileSync(path));
      Deno.writeTextFileSync(path, "busy"); setTimeout(() => Deno.writeTextFileSync(path, ""), 50)`;
    const { written } = await run([script("a", code), script("b", code), script("c", code)], 1);
    assertEquals(written, ["\n", "\n", "\n"]);
  } finally {
    await Deno.remove(path);
  }
});
