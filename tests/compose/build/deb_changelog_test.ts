import { assertEquals, assertThrows } from "@std/assert";
import { renderDebianChangelog } from "../../../compose/build/deb_changelog.ts";

const OPTIONS = {
  upstream: "1.2.0",
  version: "1.2.0-3",
  name: "thing",
  maintainer: "A Person <a@example.com>",
  date: new Date("2026-02-03T04:05:06Z"),
};

Deno.test("renderDebianChangelog() has the lines of the newest version, wrapped, with the date in Debian's format", () => {
  const changelog = "# Changelog\n\n## 1.2.0 / 2026-02-03\n\n- [FEATURE] web: a long\n  line " +
    "that goes on and on until it has to be broken somewhere\n- [BUGFIX] cli: short\n\n## 1.1.0 / 2025\n\n- [CHANGE] old\n";
  assertEquals(
    renderDebianChangelog(changelog, OPTIONS),
    `thing (1.2.0-3) unstable; urgency=medium

  * [FEATURE] web: a long line that goes on and on until it has to be broken
    somewhere
  * [BUGFIX] cli: short

 -- A Person <a@example.com>  Tue, 03 Feb 2026 04:05:06 +0000
`,
  );
});

Deno.test("renderDebianChangelog() rejects a changelog of another version, or without lines", () => {
  for (const changelog of ["## 1.1.0 / 2025\n\n- [CHANGE] old\n", "## 1.2.0 / 2026\n\nNothing.\n", ""]) {
    assertThrows(() => renderDebianChangelog(changelog, OPTIONS), SyntaxError, "expected 1.2.0");
  }
});
