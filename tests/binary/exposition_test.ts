import { assertEquals } from "@std/assert";
import { compareExpositions, parseExposition } from "./exposition.ts";

const text =
  '# HELP a A\n# TYPE a gauge\na{x="y z"} 1\n# HELP b_info B\n# TYPE b_info gauge\nb_info{v="1"} 1\n';
const options = { moving: /^m/, own: /^b_info/ };

function compareWith(other: string) {
  return compareExpositions(parseExposition(text), parseExposition(other), options);
}

Deno.test("compareExpositions() finds nothing in equal scrapes, whatever is their own", () => {
  assertEquals(compareWith(text.replace('v="1"', 'v="2"')), {
    metadata: [],
    series: [],
    values: [],
    compared: 1,
  });
});

Deno.test("compareExpositions() finds another help, another label, another value", () => {
  assertEquals(compareWith(text.replace("HELP a A", "HELP a B")).metadata, ["# HELP a A", "# HELP a B"]);
  assertEquals(compareWith(text.replace("y z", "y")).series, ['a{x="y z"}', 'a{x="y"}']);
  assertEquals(compareWith(text.replace("} 1", "} 2")).values, ['a{x="y z"}: 1, 2']);
});

Deno.test("compareExpositions() lets moving series move", () => {
  const [a, b] = ["m 1\n", "m 2\n"].map(parseExposition);
  if (a === undefined || b === undefined) throw new Error("unreachable");
  assertEquals(compareExpositions(a, b, options), { metadata: [], series: [], values: [], compared: 0 });
});
