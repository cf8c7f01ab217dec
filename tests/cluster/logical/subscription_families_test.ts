import { assertEquals } from "@std/assert";
import { lintCatalogue } from "../../../compose/build/metric_lint.ts";
import {
  measureSubscriptions,
  subscriptionFamilies,
} from "../../../src/cluster/logical/subscription_families.ts";
import { SUBSCRIPTION_LAG_UNKNOWN_REASONS, SUBSCRIPTION_REASONS } from "../../../src/domain/subscription.ts";
import type { View } from "../../../src/domain/view.ts";
import { renderText } from "../../../src/exposition/text.ts";
import { gatherFamilies } from "../../../src/metrics/gather.ts";
import { EMPTY_VIEW } from "../../fixtures/empty_view.ts";
import { subscription } from "../fixtures.ts";
import { LogicalWorld, streamingPair } from "./pair.ts";

/** Series without the labels that all have. */
function seriesOf(view: Pick<View, "subscriptions" | "lagSamples">): readonly string[] {
  const measurements = [...measureSubscriptions(view)];
  const listed = new Set(subscriptionFamilies);
  for (const { family } of measurements) assertEquals(listed.has(family), true, family.name);
  const { families, rejected } = gatherFamilies(measurements);
  assertEquals(rejected, []);
  return renderText(families).split("\n").filter((line) => line.startsWith("pgrepl_"))
    .map((line) => line.replace('instance="sub",', "").replace(/subscription="app_sub",?/, ""));
}

const isSet = (line: string) => !line.endsWith(" 0");

Deno.test("families of subscriptions stand up to the rules", () => {
  assertEquals(lintCatalogue(subscriptionFamilies).problems, []);
});

Deno.test("measureSubscriptions() of one that is behind", () => {
  const { world, stop, write } = streamingPair();
  stop({ enabled: false });
  world.pass(10, write);
  const lines = seriesOf(world.view());
  assertEquals(lines.filter(isSet), [
    "pgrepl_subscription_apply_bytes_per_second{} 699050.6666666666",
    'pgrepl_subscription_info{publisher="pub",slot="app_sub",database="app",by="slot"} 1',
    'pgrepl_subscription_lag_bytes{stage="confirmed"} 10485760',
    "pgrepl_subscription_lag_seconds{} 10",
    'pgrepl_subscription_lag_source{source="upper_bound"} 1',
    'pgrepl_subscription_reason{reason="disabled"} 1',
  ]);
  assertEquals(lines.filter((line) => line.includes("_reason{")).length, SUBSCRIPTION_REASONS.length);
  assertEquals(lines.filter((line) => line.includes("_catchup_")), [], "it does not apply");
});

Deno.test("measureSubscriptions(): unknown is absent, and its reason visible", () => {
  const world = new LogicalWorld();
  world.add("sub", { subscriptions: [subscription({ lastMessageAgeSeconds: null })] });
  world.collect();
  const lines = seriesOf(world.view());
  assertEquals(lines.filter(isSet), [
    'pgrepl_subscription_info{slot="app_sub",database="app"} 1',
    'pgrepl_subscription_lag_unknown{reason="publisher_not_watched"} 1',
  ]);
  assertEquals(
    lines.filter((line) => line.includes("_lag_unknown{")).length,
    SUBSCRIPTION_LAG_UNKNOWN_REASONS.length,
  );
  assertEquals(
    lines.filter((line) => /lag_seconds|lag_bytes|lag_source|_reason\{|per_second/.test(line)),
    [],
  );
});

Deno.test("measureSubscriptions() without any publishes nothing", () => {
  assertEquals(seriesOf(EMPTY_VIEW), []);
});
