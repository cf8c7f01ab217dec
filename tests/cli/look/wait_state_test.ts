import { assertEquals } from "@std/assert";
import { joinWaitStates } from "../../../src/cli/look/wait_state.ts";

const state = (isReached: boolean | null) => ({ isReached, text: `${isReached}` });

Deno.test("all of several states: what is missing counts before what is unknown, and is named", () => {
  assertEquals(joinWaitStates([state(true), state(true)]), { isReached: true, text: "true; true" });
  assertEquals(joinWaitStates([state(true), state(null)]), { isReached: null, text: "null" });
  assertEquals(joinWaitStates([state(null), state(false)]), { isReached: false, text: "null; false" });
});
