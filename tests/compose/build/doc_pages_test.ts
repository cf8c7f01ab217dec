import { assert, assertEquals } from "@std/assert";
import { docPages, withShippedLinks } from "../../../compose/build/doc_pages.ts";
import { ROOT } from "../../../compose/build/package_files.ts";

const shipped = new Set(["INSTALL.md", "runbooks/README.md", "overview.png"]);

for (
  const [path, text, expected] of [
    ["README.md", "[a](INSTALL.md) [b](INSTALL.md#x) [c](#y)", "[a](INSTALL.md) [b](INSTALL.md#x) [c](#y)"],
    ["README.md", "[the unit](../compose/systemd/a.service), see", "the unit, see"],
    ["README.md", "[gone](OTHER.md#x)", "gone"],
    ["runbooks/README.md", "[a](../INSTALL.md#x) [b](../../src/a.ts)", "[a](../INSTALL.md#x) b"],
    [
      "runbooks/A.md",
      "[all](README.md) ![p](../overview.png)![q](../other.png)",
      "[all](README.md) ![p](../overview.png)",
    ],
    ["README.md", "[web](https://www.postgresql.org/docs/)", "[web](https://www.postgresql.org/docs/)"],
  ] as const
) {
  Deno.test(`withShippedLinks() in ${path}: ${text}`, () => {
    assertEquals(withShippedLinks(text, { path, shipped }), expected);
  });
}

Deno.test("docPages() are all pages, and every relative link in them leads to one", async () => {
  const files = await docPages(ROOT, "usr/share/doc/x/");
  const paths = new Set(files.map(({ path }) => path));
  for (const name of ["README.md", "INSTALL.md", "runbooks/PgreplServerDown.md", "migration/pgexporter.md"]) {
    assert(paths.has(`usr/share/doc/x/${name}`), name);
  }
  const links = files.flatMap(({ path, content }) =>
    typeof content !== "string" ? [] : [...content.matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
      .map(([, target = ""]) => new URL(target, `file:///${path}`).pathname.slice(1))
  );
  assert(links.length > 100, `${links.length} links`);
  assertEquals(links.filter((path) => !paths.has(path)), []);
});
