import { assertEquals, assertStringIncludes } from "@std/assert";
import { linkChecks, renderFindingsPage } from "../../../compose/build/findings_page.ts";
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

Deno.test("renderFindingsPage() lists the grades, several steps in order, and the alerts of a check", () => {
  const alert = {
    name: "PgreplX",
    severity: "info",
    expression: "up",
    forSeconds: 0,
    summary: "S",
    look: [],
    check: "a_check",
    meaning: "M.",
    steps: [],
  } as const;
  const page = renderFindingsPage(
    [{ ...check, grades: "Critical at night.", look: ["Here."], steps: ["One.", "See `other`."] }, {
      ...check,
      name: "other",
    }],
    [{ name: "g", title: "G", alerts: [alert, { ...alert, name: "PgreplY", check: "x" }] }],
  );
  assertStringIncludes(page, "- **Severity:** critical, info. Critical at night.\n");
  assertStringIncludes(
    page,
    "- **Alerts:** [PgreplX](runbooks/PgreplX.md)\n- **How to see it:** Here.\n- **What to do:**\n" +
      "  1. One.\n  2. See [`other`](#other).\n",
  );
});

Deno.test("linkChecks() links names of checks only, and neither headings nor links", () => {
  assertEquals(
    linkChecks("# `lag`\n`lag`, `lags`, [`lag`](x)", { names: ["lag"], page: "F.md" }),
    "# `lag`\n[`lag`](F.md#lag), `lags`, [`lag`](x)",
  );
});

Deno.test("renderFindingsPage() has a section for every check", () => {
  const page = renderFindingsPage(checks);
  for (const { name } of checks) assertStringIncludes(page, `\n## \`${name}\`\n`);
});
