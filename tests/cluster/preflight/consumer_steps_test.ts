import { assertEquals, assertStringIncludes } from "@std/assert";
import { leadConsumers, lookAtCopies } from "../../../src/cluster/preflight/consumer_steps.ts";
import { derivePreflight } from "../../../src/cluster/preflight/derive_preflight.ts";
import type { View } from "../../../src/domain/view.ts";
import { subscriptionView } from "../../fixtures/catalogues.ts";
import { outlook, scene } from "./consumer_scene.ts";
import { GONE } from "./scenes.ts";

const gone = { primarySnapshot: GONE };

Deno.test("steps: look at the copies before, lead the subscription or copy it anew after", () => {
  const stepsOf = (view: View) => {
    const { consumers, context } = outlook(view);
    const input = {
      context,
      consumers,
      loss: derivePreflight(view, "standby").loss,
      followers: [],
      slots: [],
      sync: { names: "", primaryNames: "", required: 0, present: 0 },
    };
    return [...lookAtCopies(input), ...leadConsumers(input)];
  };
  const [look, lead] = stepsOf(scene());
  assertStringIncludes(look?.commands[0] ?? "", "WHERE slot_name IN ('app_sub');");
  assertStringIncludes(
    lead?.commands[0] ?? "",
    "ALTER SUBSCRIPTION app_sub CONNECTION 'host=standby port=5432 dbname=app user=...';",
  );
  const [anew] = stepsOf(scene({ copy: null }));
  assertEquals(anew?.commands.map((each) => each.split(" ").slice(0, 2).join(" ")), [
    "ALTER SUBSCRIPTION",
    "ALTER SUBSCRIPTION",
    "SELECT 'TRUNCATE",
    "DROP SUBSCRIPTION",
    "CREATE SUBSCRIPTION",
  ]);
  const lag = { ...subscriptionView().lag, appliedPosition: 5400n };
  const [drop] = stepsOf(scene(gone, { lag }));
  assertEquals(drop?.commands, ["SELECT pg_drop_replication_slot('app_sub');"]);
});
