/**
 * Encoding speed with `deno bench`, in more detail than `deno task bench`.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { renderOpenMetrics } from "../../src/exposition/openmetrics.ts";
import { renderText } from "../../src/exposition/text.ts";
import { gatherFamilies } from "../../src/metrics/gather.ts";
import { measurementsOf } from "./series.ts";

const utf8 = new TextEncoder();

for (const series of [1_000, 10_000, 100_000]) {
  const measurements = measurementsOf(series);
  const { families, rejected } = gatherFamilies(measurements);
  assertEquals(rejected, []);
  const name = `${series.toLocaleString("en")} series`;
  Deno.bench(`text: ${name}`, () => {
    utf8.encode(renderText(families));
  });
  Deno.bench(`OpenMetrics: ${name}`, () => {
    utf8.encode(renderOpenMetrics(families));
  });
  Deno.bench(`gather: ${name}`, () => {
    gatherFamilies(measurements);
  });
}
