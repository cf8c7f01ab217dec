import type { View } from "../../domain/view.ts";
import { defineFamily, type FamilyDefinition, measure, type Measurement } from "../../metrics/family.ts";

const finding = defineFamily("pgrepl_finding", {
  help:
    'Active findings of this check and severity, by server ("cluster" when it concerns a whole cluster); absent when ' +
    "there are none. docs/FINDINGS.md explains each check and what to do.",
  labels: ["check", "severity"],
});

/** The family of findings. */
export const findingFamilies: readonly FamilyDefinition[] = [finding];

/**
 * Measures {@linkcode findingFamilies}.
 *
 * @param view Everything known.
 */
export function* measureFindings(view: View): Generator<Measurement> {
  const counts = new Map<string, { readonly labels: Readonly<Record<string, string>>; count: number }>();
  for (const { server, subject, check, severity } of view.findings) {
    const cluster = view.servers.find((each) => each.server === server)?.cluster ??
      view.clusters.find((each) => each.cluster === subject)?.cluster ?? "";
    const labels = { instance: server, cluster, check, severity };
    const key = JSON.stringify(labels);
    const counted = counts.get(key) ?? { labels, count: 0 };
    counted.count++;
    counts.set(key, counted);
  }
  for (const { labels, count } of counts.values()) yield* measure(finding, labels, count);
}
