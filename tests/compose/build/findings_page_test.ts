import { assertEquals, assertStringIncludes } from "@std/assert";
import { renderFindingsPage } from "../../../compose/build/findings_page.ts";
import type { Check } from "../../../src/cluster/findings/check.ts";
import { checks } from "../../../src/cluster/findings/checks.ts";

const check: Check = {
  name: "a_check",
  title: "All is well",
  looksAt: "pg_stat_x",
  reads: ["wal", "slots"],
  severities: ["critical", "info"],
  meaning: "It is not.",
  steps: ["Mend it."],
  find: () => [],
};

Deno.test("renderFindingsPage() lists a check in the table and in a section of its own", () => {
  const page = renderFindingsPage([check, { ...check, name: "other", reads: [] }]);
  assertStringIncludes(
    page,
    "| [`a_check`](#a_check) | critical, info | All is well |\n| [`other`](#other) |",
  );
  assertStringIncludes(
    page,
    "## `a_check`\n\nIt is not.\n\n- **Severity:** critical, info\n- **Fine when:** All is well\n" +
      "- **Looks at:** pg_stat_x\n- **Collectors:** `wal`, `slots`\n- **What to do:** Mend it.\n\n## `other`",
  );
  assertEquals(page.endsWith("\n") && !page.endsWith("\n\n"), true);
});

Deno.test("renderFindingsPage() has a section for every check", () => {
  const page = renderFindingsPage(checks);
  for (const { name } of checks) assertStringIncludes(page, `\n## \`${name}\`\n`);
});
