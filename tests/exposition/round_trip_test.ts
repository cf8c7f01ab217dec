import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { renderOpenMetrics } from "../../src/exposition/openmetrics.ts";
import { renderText } from "../../src/exposition/text.ts";
import { openMetricsName } from "../../src/metrics/definition.ts";
import { gatherFamilies } from "../../src/metrics/gather.ts";
import type { Family } from "../../src/metrics/family.ts";
import { measurements } from "./arbitraries.ts";
import { parseOpenMetricsPage, parseTextPage, type ReadFamily } from "./strict_parser.ts";
import { writtenSamples } from "./written_samples.ts";

const TEXT_TYPE = {
  gauge: "gauge",
  counter: "counter",
  info: "gauge",
  unknown: "untyped",
  histogram: "histogram",
} as const;

/** What a reader must find, said without the encoders. */
function expected(family: Family, format: "text" | "openmetrics"): ReadFamily {
  const isText = format === "text";
  return {
    name: isText ? family.name : openMetricsName(family),
    type: isText ? TEXT_TYPE[family.type] : family.type,
    unit: isText ? "" : family.unit ?? "",
    help: family.help,
    samples: writtenSamples(family, format),
  };
}

/** Over the wire and back, as a scraper would read it. */
function transport(page: string): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new TextEncoder().encode(page));
}

Deno.test("renderText() round-trips every label value, help and number", () => {
  fc.assert(fc.property(measurements(), (all) => {
    const { families } = gatherFamilies(all);
    const page = parseTextPage(transport(renderText(families)));
    assertEquals(page, families.map((family) => expected(family, "text")));
  }));
});

Deno.test("renderOpenMetrics() round-trips every label value, help and number", () => {
  fc.assert(fc.property(measurements(), (all) => {
    const { families } = gatherFamilies(all);
    const page = parseOpenMetricsPage(transport(renderOpenMetrics(families)));
    assertEquals(page, families.map((family) => expected(family, "openmetrics")));
  }));
});

Deno.test("gatherFamilies() puts every measurement on the page or among the rejected", () => {
  fc.assert(fc.property(measurements(), (all) => {
    const { families, rejected } = gatherFamilies(all);
    const published = families.reduce((sum, { samples }) => sum + samples.length, 0);
    assertEquals(published + rejected.reduce((sum, { samples }) => sum + samples, 0), all.length);
  }));
});

Deno.test("gatherFamilies() gives the same page in whatever order measurements arrive, when all are good", () => {
  fc.assert(fc.property(measurements(), fc.infiniteStream(fc.nat()), (all, random) => {
    const good = gatherFamilies(all).families;
    const shuffled = good.flatMap(({ samples, ...family }) =>
      samples.map((sample) => ({ family, ...sample }))
    )
      .map((measurement) => ({ measurement, at: random.next().value }))
      .sort((a, b) => a.at - b.at)
      .map(({ measurement }) => measurement);
    assertEquals(renderText(gatherFamilies(shuffled).families), renderText(good));
  }));
});
