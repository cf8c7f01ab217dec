import { assertEquals } from "@std/assert";
import { comparedIn } from "../../src/cluster/compared_in.ts";
import { subscriptionView } from "../fixtures/catalogues.ts";
import { viewOf } from "./findings/views.ts";

Deno.test("comparedIn(): results about standbys and subscriptions that the view has", () => {
  const isIn = comparedIn(viewOf({ view: { subscriptions: [subscriptionView()] } }));
  const results = [
    { standby: "standby" },
    { standby: "primary" },
    { standby: "gone" },
    { standby: "standby", subscription: "follower" },
    { standby: "primary", subscription: "follower" },
    { standby: "standby", subscription: "dropped" },
  ];
  assertEquals(results.map(isIn), [true, false, false, true, false, false]);
});
