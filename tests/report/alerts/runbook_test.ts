import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { alertGroups } from "../../../src/report/alerts/catalogue.ts";
import { renderRunbook, renderRunbookPage } from "../../../src/report/alerts/runbook.ts";

const alerts = alertGroups.flatMap((group) => group.alerts);

for (const alert of alerts) {
  Deno.test(`the runbook of ${alert.name} is Markdown and a page`, () => {
    const text = renderRunbook(alert);
    const page = renderRunbookPage(alert, { style: "p > a {}" });
    assertStringIncludes(text, `# ${alert.name}\n`);
    assertStringIncludes(page, `<h1>${alert.name}</h1>`);
    assertStringIncludes(page, "<style>p > a {}</style>");
    for (const step of alert.steps) assertStringIncludes(text, step);
    assertEquals([...page.matchAll(/<li>/g)].length, alert.steps.length + alert.look.length);
    // Of Markdown they use only code, and each has its end.
    for (const line of [...alert.steps, ...alert.look, alert.meaning]) {
      assertEquals(line.split("`").length % 2, 1, line);
      assert(!/\*\*|\]\(|^\s*#/.test(line.replaceAll(/`[^`]*`/g, "")), line);
    }
    assert(!page.includes("`"));
  });
}
