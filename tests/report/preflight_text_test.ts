import { assert, assertEquals } from "@std/assert";
import { derivePreflight } from "../../src/cluster/preflight/derive_preflight.ts";
import { derivePreflightReport } from "../../src/report/preflight.ts";
import { renderPreflightText } from "../../src/report/preflight_text.ts";
import type { View } from "../../src/domain/view.ts";
import { slot } from "../cluster/fixtures.ts";
import { behind, GONE, ORPHANS, trio, WRITTEN } from "../cluster/preflight/scenes.ts";

const MADE = { wallNow: 1_795_000_000, build: { version: "1.2.3", revision: "abc" } };

/** Golden texts: `PREFLIGHT_UPDATE=1` rewrites them. */
const GOLDEN: Readonly<Record<string, View>> = {
  switchover: trio({
    primary: {
      slots: [
        ...["standby", "standby2"].map((name) => slot({ slot: name, restartPosition: WRITTEN })),
        slot({ slot: "orders", type: "logical", plugin: "pgoutput", database: "shop" }),
      ],
    },
  }),
  failover_with_losses: trio({
    ...ORPHANS,
    standby: { server: behind(1024 ** 2), receiver: [] },
    snapshots: { primary: GONE, standby2: { ...GONE, role: "standby" } },
  }),
};

function render(view: View, options = { width: 100, color: false }): string {
  return renderPreflightText(derivePreflightReport(derivePreflight(view, "standby"), MADE), options);
}

for (const [name, view] of Object.entries(GOLDEN)) {
  Deno.test(`the text of ${name} is unchanged`, async () => {
    const file = new URL(`./preflight_golden/${name}.txt`, import.meta.url);
    const text = render(view);
    if (Deno.env.get("PREFLIGHT_UPDATE") === "1") await Deno.writeTextFile(file, text);
    assertEquals(text, await Deno.readTextFile(file));
  });
}

Deno.test("sentences fit the width, commands stay whole", () => {
  const view = trio();
  const lines = render(view, { width: 60, color: false }).split("\n");
  const commands = derivePreflight(view, "standby").steps.flatMap((step) => step.commands);
  for (const command of commands) assert(lines.some((line) => line.trim() === command), command);
  const sentences = lines.filter((line) => !commands.includes(line.trim()));
  assertEquals(sentences.filter((line) => line.length > 60), []);
});

Deno.test("colours only on request, and no control characters from a hostile name", () => {
  // deno-lint-ignore no-control-regex -- they are what it matches
  const control = /[\x00-\x09\x0b-\x1f\x7f]/;
  assert(!control.test(render(trio())));
  assert(render(trio(), { width: 80, color: true }).includes("\x1b[32m"));
  const hostile = trio({
    standbys: { standby2: { catchUp: "must_rebuild", catchUpText: "\x1b[2Jgone\r\n" } },
  });
  assert(!control.test(render(hostile)));
});
