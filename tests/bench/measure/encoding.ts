/** Encoding many series, in this process. */
import { renderOpenMetrics } from "../../../src/exposition/openmetrics.ts";
import { renderText } from "../../../src/exposition/text.ts";
import type { Family } from "../../../src/metrics/family.ts";
import { gatherFamilies } from "../../../src/metrics/gather.ts";
import { type Benchmark, judge, type Row } from "../row.ts";
import { measurementsOf } from "../series.ts";
import { formatNumber, formatSpread, median } from "../statistics.ts";

const FORMS: readonly (readonly [string, (families: readonly Family[]) => string])[] = [
  ["text", renderText],
  ["OpenMetrics", renderOpenMetrics],
];
const GOAL_MS = 10;
/** How much more expensive a series may be among ten times as many: only cache misses may add cost. */
const LINEAR = 1.5;

/** Encodes 10,000 and 100,000 series. */
export const encoding: Benchmark = {
  name: "encoding",
  help: "Encoding 10,000 and 100,000 series, in process",
  run: (stage) => {
    const utf8 = new TextEncoder();
    const few = gatherFamilies(measurementsOf(10_000)).families;
    const many = gatherFamilies(measurementsOf(100_000)).families;
    const rows = FORMS.flatMap(([form, render]): Row[] => {
      const time = (families: readonly Family[]) => {
        const before = performance.now();
        utf8.encode(render(families));
        return performance.now() - before;
      };
      const first = time(few);
      for (let index = 0; index < 5; index++) time(few);
      const rounds = Array.from({ length: stage.isQuick ? 5 : 15 }, () => ({
        few: Array.from({ length: 10 }, () => time(few)),
        many: time(many),
      }));
      const fewMs = rounds.flatMap((round) => round.few);
      const manyMs = rounds.map((round) => round.many);
      // Ten times 10,000 against once 100,000: the same work for the garbage collector.
      const growth = median(rounds.map((round) => round.many / round.few.reduce((sum, each) => sum + each)));
      return [{
        what: `Encoding 10,000 series as ${form}`,
        goal: `under ${GOAL_MS} ms`,
        figure: `${formatNumber(median(fewMs))} ms`,
        verdict: judge(median(fewMs) < GOAL_MS),
        details: [
          `half within ${formatSpread(fewMs)} ms; the very first ${formatNumber(first)} ms`,
        ],
        values: { medianMs: median(fewMs), firstMs: first },
      }, {
        what: `Encoding 100,000 series as ${form}`,
        goal: `linear: up to ${LINEAR} times as much a series`,
        figure: `${formatNumber(median(manyMs))} ms, ${formatNumber(growth)} times a series`,
        verdict: judge(growth <= LINEAR),
        details: [`half within ${formatSpread(manyMs)} ms`],
        values: { medianMs: median(manyMs), growth },
      }];
    });
    return Promise.resolve(rows);
  },
};
