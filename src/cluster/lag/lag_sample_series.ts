import { LAG_BOUNDS_SECONDS, type LagSamples } from "../../domain/lag.ts";
import { type FamilyDefinition, measure, measureHistogram, type Measurement } from "../../metrics/family.ts";

/**
 * Measures the samples of the lag of one standby or subscription.
 *
 * @param samples The samples; nothing is measured without.
 * @param labels Its labels.
 * @param families The histogram of the known lags, and the counter of the unknown ones.
 */
export function* measureLagSamples(
  samples: LagSamples | undefined,
  labels: Readonly<Record<string, string>>,
  families: { readonly seconds: FamilyDefinition; readonly unknown: FamilyDefinition },
): Generator<Measurement> {
  if (samples === undefined) return;
  const { counts, sum, unknown, createdUnixSeconds } = samples;
  yield measureHistogram(families.seconds, labels, {
    bounds: LAG_BOUNDS_SECONDS,
    counts: [...counts], // the page is written later, when they may have been counted on
    sum,
    createdUnixSeconds,
  });
  yield* measure(families.unknown, labels, unknown);
}
