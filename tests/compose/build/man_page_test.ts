import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { renderManPage } from "../../../compose/build/man_page.ts";
import { commands } from "../../../src/cli/commands.ts";
import { defineFlags } from "../../../src/cli/settings/flags.ts";
import { collectors } from "../../../src/collectors/registry.ts";
import { findProgram, runWithInput } from "../../exposition/programs.ts";

const flags = defineFlags(collectors);
const page = renderManPage({ commands, flags, version: "1.2.3", date: new Date("2026-02-03T04:05:06Z") });

Deno.test("renderManPage() has every command and every flag", () => {
  assertMatch(page, /^\.TH \S+ 1 2026-02-03 "pg\\-replication\\-exporter 1\.2\.3"\n/);
  const plain = page.replaceAll("\\-", "-").replaceAll(/\\f[BIR]/g, "");
  for (const { name, operands } of commands) {
    assertStringIncludes(plain, `\n.TP\n${name}${operands === "" ? "" : ` ${operands}`}\n`);
  }
  for (const { name, isNegatable, placeholder } of flags) {
    const value = placeholder === "" ? "" : `=${placeholder}`;
    assertStringIncludes(plain, `\n.TP\n--${isNegatable ? "[no-]" : ""}${name}${value}\n`);
  }
});

Deno.test("renderManPage() escapes help texts", () => {
  const [flag] = flags;
  if (flag === undefined) throw new Error("unreachable");
  const help = `.so /etc/passwd \\n 'quoted' ${".x ".repeat(60)}`.trim() + ".";
  const odd = renderManPage({ commands, flags: [{ ...flag, help }], version: "1", date: new Date(0) });
  const lines = odd.split("\n");
  assertEquals(lines.filter((line) => /^\.(so|x)|^'/.test(line)), []);
  assertStringIncludes(odd, "\\&.so /etc/passwd \\en \\(aqquoted\\(aq");
});

const mandoc = await findProgram("mandoc", ["-Tlint", "-Wunsupp", "/dev/null"]);

Deno.test({ name: "mandoc finds nothing wrong with the manual page", ignore: mandoc === null }, async () => {
  const result = await runWithInput(mandoc ?? "", { args: ["-Tlint", "-Wwarning"], input: page });
  assertEquals(result, { code: 0, stdout: "", stderr: "" });
});

const groff = await findProgram("groff");

Deno.test({ name: "groff finds nothing wrong with the manual page", ignore: groff === null }, async () => {
  const { code, stdout, stderr } = await runWithInput(groff ?? "", {
    args: ["-man", "-ww", "-Tutf8", "-Kutf8"],
    input: page,
  });
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "listen");
});
