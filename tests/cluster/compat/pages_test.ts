/**
 * What is published under the names of other exporters, compared with the files in `pages/`. After a change that is
 * meant: `deno test -A tests/cluster/compat/pages_test.ts -- --update`, and read the difference.
 */
import { assertEquals, assertGreater } from "@std/assert";
import { compatFamilies } from "../../../src/cluster/compat/compat.ts";
import { COMPAT_EXPORTERS } from "../../../src/domain/compat.ts";
import { describedView, pageOf } from "./described.ts";

const FOLDER = new URL("pages/", import.meta.url).pathname;
const MIGRATION = new URL("../../../docs/migration/", import.meta.url).pathname;

for (const exporter of COMPAT_EXPORTERS) {
  const page = pageOf(describedView(), [exporter]);

  Deno.test(`--compat=${exporter} publishes what it did`, async () => {
    const path = `${FOLDER}${exporter}.txt`;
    if (Deno.args.includes("--update")) await Deno.writeTextFile(path, page);
    assertEquals(page, await Deno.readTextFile(path));
  });

  Deno.test(`docs/migration/${exporter}.md lists every name that --compat publishes, and no other`, async () => {
    const text = await Deno.readTextFile(`${MIGRATION}${exporter}.md`);
    const section = /^## --compat[^]*?(?=^## )/m.exec(text)?.[0] ?? "";
    const listed = section.split("\n").filter((line) => line.startsWith("| `pg")).flatMap((line) => {
      const cell = line.split("|")[1] ?? "";
      return [...cell.matchAll(/`(pg\w+)`/g)].map(([, name]) => name);
    });
    const names = compatFamilies([exporter]).map(({ name }) => name);
    assertGreater(names.length, 20);
    assertEquals(listed.toSorted(), names.toSorted());
  });
}
