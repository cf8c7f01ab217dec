/**
 * Renders docs/METRICS.md from the definitions that the program uses.
 *
 * @module
 */
import type { Collector } from "../../src/collectors/collector.ts";
import { majorOf, OLDEST_SUPPORTED } from "../../src/domain/pg_version.ts";
import type { FamilyDefinition } from "../../src/metrics/family.ts";

/** Families that share a heading. */
export interface Section {
  /** Heading. */
  readonly title: string;
  /** A paragraph under it. */
  readonly text: string;
  /** The families, in the order of the page. */
  readonly families: readonly FamilyDefinition[];
}

function formatVersions(collector: Collector): string {
  const since = Math.min(...collector.statements.map(({ from }) => from ?? 0));
  return since > OLDEST_SUPPORTED ? `, PostgreSQL ${majorOf(since)} and later` : "";
}

/**
 * The section of the page for a collector.
 *
 * @param collector Its definition.
 */
export function sectionOf(collector: Collector): Section {
  const roles = collector.roles.length > 1 ? "primary and standby" : collector.roles.join();
  const right = collector.right === undefined ? "" : ` Needs \`${collector.right}\`; skipped without it.`;
  return {
    title: `Collector \`${collector.name}\``,
    text: `${collector.help.replace(/\.$/, "")}. Applies to: ${roles}${formatVersions(collector)}.${right}`,
    families: collector.families,
  };
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

function renderSection({ title, text, families }: Section): string {
  const rows = families.map(({ name, type, labels, help }) =>
    `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${cell(help)} |`
  );
  return [`## ${title}`, "", text, "", "| Name | Type | Labels | Meaning |", "|---|---|---|---|", ...rows]
    .join("\n");
}

/**
 * The whole page.
 *
 * @param sections In the order of the page; sections without families are omitted.
 * @returns Markdown.
 */
export function renderMetricsPage(sections: readonly Section[]): string {
  const shown = sections.filter(({ families }) => families.length > 0);
  return [
    "# Metrics",
    "",
    "Written by `deno task docs` from the definitions in the source; a test fails when the two differ.",
    "",
    "`instance` is the server's name; the label `cluster` exists only if the configuration names clusters. An unknown " +
    "value has no sample: it is never 0. In text format 0.0.4, families of type info are gauges with value 1. " +
    "A histogram has the series `_bucket` (label `le`: `0.5`, `5.0`, `+Inf`, alike in both formats), `_sum` and `_count`, in " +
    "OpenMetrics also `_created`.",
    "",
    shown.map(renderSection).join("\n\n"),
    "",
  ].join("\n");
}
