import { assertEquals } from "@std/assert";
import { checkNames } from "./names.ts";
import { type ModuleFacts, parseModule, readModules } from "./source_tree.ts";

function planted(path: string, text: string): ModuleFacts {
  return parseModule({ path, text });
}

Deno.test("parseModule() lists every top-level declaration once, and nothing below the top level", () => {
  const text = `import { imported } from "./x.ts";
    export function a(): void; export function a(x?: number): void { const inner = x; }
    const b = 1, c = () => 2, { p, q: [r = 1], ...s } = b; async function* d() {} class E {} export abstract class F {}
    interface G { member: 1 } export type H = 1; export { b as renamed }; if (b) { let block; }`;
  assertEquals(planted("src/web/x.ts", text).declarations, [
    "a",
    "b",
    "c",
    "p",
    "r",
    "s",
    "d",
    "E",
    "F",
    "G",
    "H",
  ]);
});

for (
  const text of [
    "function name() {}",
    "export const name = 1;",
    "class name {}",
    "export interface name {}",
    "type name = 1;",
  ]
) {
  Deno.test(`checkNames() refuses a second file with ${text}`, () => {
    const first = planted("src/web/x.ts", "export function name() {}");
    assertEquals(checkNames([first, planted("src/cli/y.ts", text)]), [
      "name is declared in src/web/x.ts and src/cli/y.ts: give each its own name, or share one declaration",
    ]);
  });
}

Deno.test("checkNames() compares no stand-ins, no tests, and no imports", () => {
  const text = "export function name() {}";
  const modules = ["src/web/x.ts", "src/std/cli/x.ts", "tests/web/x_test.ts", "compose/x.ts"];
  assertEquals(checkNames(modules.map((path) => planted(path, text))), []);
  const user = planted("src/cli/y.ts", `import { name } from "../web/x.ts"; export { name };`);
  assertEquals(checkNames([planted("src/web/x.ts", text), user]), []);
});

Deno.test("checkNames() holds for the program", async () => {
  assertEquals(checkNames(await readModules()), []);
});
