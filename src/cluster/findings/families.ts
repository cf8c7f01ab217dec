import { serverNamed } from "./view_queries.ts";
import type { View } from "../../domain/view.ts";
import { defineFamily, type FamilyDefinition, measure, type Measurement } from "../../metrics/family.ts";

const findingCount = defineFamily("pgrepl_finding", {
  help:
    'Number of current findings by check, severity and server ("cluster" when one concerns a whole cluster); absent when ' +
    "there is none. docs/FINDINGS.md explains each check and what to do.",
  labels: ["check", "severity"],
});

/** The family of findings. */
export const findingFamilies: readonly FamilyDefinition[] = [findingCount];

/**
 * Measures {@linkcode findingFamilies}.
 *
 * @param view Everything known.
 */
export function* measureFindings(view: View): Generator<Measurement> {
  const counts = new Map<string, { readonly labels: Readonly<Record<string, string>>; count: number }>();
  for (const { server, subject, check, severity } of view.findings) {
    const cluster = serverNamed(view, server)?.cluster ??
      view.clusters.find((each) => each.cluster === subject || each.key === subject)?.cluster ?? "";
    const labels = { instance: server, cluster, check, severity };
    const key = JSON.stringify(labels);
    const counted = counts.get(key) ?? { labels, count: 0 };
    counted.count++;
    counts.set(key, counted);
  }
  for (const { labels, count } of counts.values()) yield* measure(findingCount, labels, count);
}
