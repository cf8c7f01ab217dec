import { assertEquals, assertThrows } from "@std/assert";
import { type FamilyDefinition, measure, measureStates } from "../../src/metrics/family.ts";

const STATE: FamilyDefinition = {
  name: "pgrepl_sender_state",
  type: "gauge",
  help: "1 for the present state",
  labels: ["instance", "state"],
};

Deno.test("measure() yields numbers, positions and booleans, and nothing for what is not known", () => {
  const labels = { instance: "a" };
  const values = [0, 1.5, 2n ** 40n, true, false, null, undefined, NaN];
  const measured = values.flatMap((value) => [...measure(STATE, labels, value)]);
  assertEquals(measured.map(({ value }) => value), [0, 1.5, 1099511627776, 1, 0, NaN]);
  assertEquals(measured[0], { family: STATE, labels, value: 0 });
});

Deno.test("measureStates() yields every state, one of them 1", () => {
  const states = [...measureStates(STATE, { instance: "a" }, ["startup", "streaming"], "streaming")];
  assertEquals(states, [
    { family: STATE, labels: { instance: "a", state: "startup" }, value: 0 },
    { family: STATE, labels: { instance: "a", state: "streaming" }, value: 1 },
  ]);
});

Deno.test("measureStates() gives a state it does not know a series of its own", () => {
  const states = [...measureStates(STATE, {}, ["startup"], "new in 19")];
  assertEquals(states.map(({ labels, value }) => [labels["state"], value]), [["startup", 0], [
    "new in 19",
    1,
  ]]);
});

Deno.test("measureStates() yields nothing when the state is not known", () => {
  assertEquals([...measureStates(STATE, {}, ["startup"], null)], []);
});

Deno.test("measureStates() refuses a family without labels", () => {
  assertThrows(
    () => [...measureStates({ ...STATE, labels: [] }, {}, ["a"], "a")],
    TypeError,
    "it has no label",
  );
});
