import { assertEquals } from "@std/assert";
import { renderOpenMetrics } from "../../src/exposition/openmetrics.ts";
import { renderText } from "../../src/exposition/text.ts";
import { gatherFamilies } from "../../src/metrics/gather.ts";
import { hostileMeasurements } from "./arbitraries.ts";
import { findProgram, runWithInput } from "./programs.ts";
import { writtenSamples } from "./written_samples.ts";

/** Debian's package installs for this interpreter only. */
const PYTHON = "/usr/bin/python3";
const python = await findProgram(PYTHON, ["-c", "import prometheus_client.openmetrics.parser"]);
const test = { ignore: python === null };
const skipped = python === null ? " (skipped: python3-prometheus-client is not installed)" : "";

/** Prints `[name, [[label, value], ...], number as text]` for every sample, in the order of the page. */
function readerOf(module: string): string {
  return `
import json, sys
from ${module} import text_string_to_metric_families
page = sys.stdin.buffer.read().decode("utf-8")
print(json.dumps([
  [sample.name, list(sample.labels.items()), repr(float(sample.value))]
  for family in text_string_to_metric_families(page) for sample in family.samples
]))`;
}

async function read(page: string, module: string): Promise<unknown> {
  const result = await runWithInput(PYTHON, { args: ["-c", readerOf(module)], input: page });
  assertEquals(result.code, 0, result.stderr);
  const samples: unknown = JSON.parse(result.stdout);
  if (!Array.isArray(samples)) throw new TypeError(`Expected an array of samples: ${result.stdout}`);
  return samples.map(([name, labels, value]) => ({ name, labels, value: parsePython(value) }));
}

function parsePython(text: string): number {
  return text === "inf" ? Infinity : text === "-inf" ? -Infinity : Number(text);
}

const { families } = gatherFamilies(hostileMeasurements());
function expected(format: "text" | "openmetrics") {
  return families.flatMap((family) => writtenSamples(family, format))
    .map(({ name, labels, value }) => ({ name, labels: [...labels], value }));
}

Deno.test(
  `python3-prometheus-client reads text format 0.0.4 with the same labels and values${skipped}`,
  test,
  async () => {
    assertEquals(await read(renderText(families), "prometheus_client.parser"), expected("text"));
  },
);

Deno.test(
  `python3-prometheus-client reads OpenMetrics 1.0 with the same labels and values${skipped}`,
  test,
  async () => {
    assertEquals(
      await read(renderOpenMetrics(families), "prometheus_client.openmetrics.parser"),
      expected("openmetrics"),
    );
  },
);

Deno.test(
  `python3-prometheus-client refuses a page without # EOF, so the test above can fail${skipped}`,
  test,
  async () => {
    const page = renderOpenMetrics(families).replace(/# EOF\n$/, "");
    const reader = readerOf("prometheus_client.openmetrics.parser");
    const { code, stderr } = await runWithInput(PYTHON, { args: ["-c", reader], input: page });
    assertEquals({ code, isMissingEof: stderr.includes("Missing # EOF") }, { code: 1, isMissingEof: true });
  },
);
