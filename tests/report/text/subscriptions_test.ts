import { assert, assertEquals } from "@std/assert";
import type { ReportSubscription } from "../../../src/report/model.ts";
import { displayWidth } from "../../../src/report/styled_text/display_width.ts";
import { writeLines } from "../../../src/report/text/lines.ts";
import { laySubscriptions } from "../../../src/report/text/subscriptions.ts";
import { DISABLED, manySubscriptions, SUBSCRIPTION } from "../subscription_views.ts";

function render(
  subscriptions: readonly ReportSubscription[],
  options: { width: number; most?: number },
): string {
  return writeLines(laySubscriptions(subscriptions, options), { color: false });
}

Deno.test("laySubscriptions() has the worst first, with its reasons and figures, then who subscribes to whom", () => {
  assertEquals(
    render([SUBSCRIPTION, DISABLED], { width: 100 }),
    `SUBSCRIPTION  STATUS     LAG  STATE      FROM  ON
prices        warning  12.3s  disabled   pub   sub
  It is disabled (ALTER SUBSCRIPTION ... DISABLE)
  database app, publication orders_tables, 4 of 4 tables ready, 3 apply errors, 4.0 KiB behind, the
  lag is an upper bound, slot prices retains 1.0 MiB
orders        healthy   0.4s  streaming  pub   sub
  database app, publication orders_tables, 4 of 4 tables ready, no error, 4.0 KiB behind, slot
  orders retains 1.0 MiB, applies 2.0 KiB/s

Logical replication
  pub =logical=> sub (prices, orders) 1 of 2 stopped, 12.3s behind
`,
  );
});

Deno.test("laySubscriptions() is empty without subscriptions", () => {
  assertEquals(laySubscriptions([], { width: 80 }), []);
});

Deno.test("laySubscriptions() has a link for each direction, and knows which end is not watched", () => {
  const back = {
    ...SUBSCRIPTION,
    server: "pub",
    name: "back",
    publisher: { server: "sub", cluster: "", joined_by: "slot" },
  };
  const text = render([SUBSCRIPTION, back, {
    ...SUBSCRIPTION,
    name: "far",
    publisher: null,
    lag_seconds: null,
  }], {
    width: 80,
  });
  assertEquals(text.split("Logical replication\n")[1]?.split("\n").slice(0, 3), [
    "  pub =logical=> sub (orders) 0.4s behind",
    "  sub =logical=> pub (back) 0.4s behind",
    "  not watched =logical=> sub (far) lag unknown",
  ]);
});

Deno.test("laySubscriptions() of 200 shows the worst and counts the rest, within 80 columns", () => {
  const lines = render(manySubscriptions(200), { width: 80, most: 30 }).split("\n");
  assert(lines.length < 170, `${lines.length} lines`);
  assert(lines.includes("and 170 more subscriptions: 70 warning, 100 healthy (--all lists them)"));
  assertEquals(lines.filter((line) => displayWidth(line) > 80), []);
});
