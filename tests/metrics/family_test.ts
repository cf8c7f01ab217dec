import { assertEquals, assertThrows } from "@std/assert";
import {
  defineFamilies,
  defineFamily,
  type FamilyDefinition,
  labelValue,
  measure,
  measureStates,
} from "../../src/metrics/family.ts";

const STATE: FamilyDefinition = {
  name: "pgrepl_sender_state",
  type: "gauge",
  help: "1 for the current state",
  labels: ["instance", "state"],
};

Deno.test("defineFamily() puts instance and cluster before its own labels", () => {
  assertEquals(defineFamily("pgrepl_slot_active", { help: "Active.", labels: ["slot"] }), {
    name: "pgrepl_slot_active",
    type: "gauge",
    help: "Active.",
    labels: ["instance", "cluster", "slot"],
  });
});

Deno.test("defineFamily() takes type and unit from the name, and has no unit where the name has none", () => {
  const summary = (name: string) => {
    const { type, unit } = defineFamily(name, { help: "Help." });
    return `${type} ${unit ?? "-"}`;
  };
  assertEquals(summary("lag_bytes"), "gauge bytes");
  assertEquals(summary("start_timestamp_seconds"), "gauge seconds");
  assertEquals(summary("headroom_ratio"), "gauge ratio");
  assertEquals(summary("sent_bytes_total"), "counter bytes");
  assertEquals(summary("failed_total"), "counter -");
  assertEquals(summary("server_info"), "info -");
  assertEquals(summary("megabytes"), "gauge -");
  assertEquals("unit" in defineFamily("pgrepl_x", { help: "Help." }), false);
});

Deno.test("defineFamily() lets options override the type and the common labels", () => {
  const family = defineFamily("x_total", {
    help: "Help.",
    type: "gauge",
    common: ["zone"],
    labels: ["rack"],
  });
  assertEquals([family.type, family.labels], ["gauge", ["zone", "rack"]]);
});

Deno.test("defineFamilies() defines each family under its own name, in order", () => {
  const table = { x_up: "Up.", a_bytes: { help: "Bytes.", labels: ["slot"] } };
  const families = defineFamilies(table, { common: ["instance"] });
  assertEquals(Object.values(families), [
    { name: "x_up", type: "gauge", help: "Up.", labels: ["instance"] },
    { name: "a_bytes", type: "gauge", help: "Bytes.", labels: ["instance", "slot"], unit: "bytes" },
  ]);
  assertEquals(families.a_bytes.name, "a_bytes");
});

Deno.test("measure() yields numbers, positions and booleans, and nothing for unknown values", () => {
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

Deno.test("measureStates() gives an unlisted state a series of its own", () => {
  const states = [...measureStates(STATE, {}, ["startup"], "new in 19")];
  assertEquals(states.map(({ labels, value }) => [labels["state"], value]), [["startup", 0], [
    "new in 19",
    1,
  ]]);
});

Deno.test("measureStates() yields nothing when the state is unknown", () => {
  assertEquals([...measureStates(STATE, {}, ["startup"], null)], []);
});

Deno.test("measureStates() refuses a family without labels", () => {
  assertThrows(
    () => [...measureStates({ ...STATE, labels: [] }, {}, ["a"], "a")],
    TypeError,
    "it has no label",
  );
});

Deno.test("labelValue() reads an absent label as empty, and nothing that an object inherits", () => {
  assertEquals(labelValue({ slot: "s1" }, "slot"), "s1");
  assertEquals(labelValue({ slot: "s1" }, "instance"), "");
  assertEquals(labelValue({}, "constructor"), "");
});
