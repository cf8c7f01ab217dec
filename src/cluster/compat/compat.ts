/**
 * Replication metrics under the names of other exporters, for `--compat`: beside ours, computed from the same view.
 *
 * A name can exist only once on a page. A name of theirs replaces ours (two classic families have such a name), and of
 * two other exporters with one name the first in {@linkcode COMPAT_EXPORTERS} keeps it.
 *
 * @module
 */
import { COMPAT_EXPORTERS, type CompatExporter } from "../../domain/compat.ts";
import type { View } from "../../domain/view.ts";
import type { FamilyDefinition, Measurement } from "../../metrics/family.ts";
import type { CompatTable } from "./compat_table.ts";
import { pgExporter } from "./pg_exporter.ts";
import { pgexporter } from "./pgexporter.ts";
import { postgresExporter } from "./postgres_exporter.ts";

const TABLES: Readonly<Record<CompatExporter, readonly CompatTable[]>> = {
  postgres_exporter: postgresExporter,
  pg_exporter: pgExporter,
  pgexporter,
};

/** The families of other exporters, each name once. */
export function compatFamilies(exporters: Iterable<CompatExporter>): readonly FamilyDefinition[] {
  return [...definitionsOf(new Set(exporters)).values()];
}

/**
 * Adds the families of other exporters.
 *
 * @param ours Our own measurements.
 * @param options `view`: everything known; `exporters`: the exporters whose families are added.
 * @returns Theirs, and ours except those with a name of theirs.
 */
export function* withCompat(
  ours: Iterable<Measurement>,
  { view, exporters }: { readonly view: View; readonly exporters: ReadonlySet<CompatExporter> },
): Generator<Measurement> {
  const theirs = definitionsOf(exporters);
  for (const measurement of ours) if (!theirs.has(measurement.family.name)) yield measurement;
  for (const table of tablesOf(exporters)) {
    const published = table.families.some((family) => theirs.get(family.name) === family);
    if (!published) continue;
    for (const server of view.servers) {
      for (const measurement of table.measure(server)) {
        const { family } = measurement;
        if (theirs.get(family.name) === family) yield measurement;
      }
    }
  }
}

function tablesOf(exporters: ReadonlySet<CompatExporter>): readonly CompatTable[] {
  return COMPAT_EXPORTERS.filter((name) => exporters.has(name)).flatMap((name) => TABLES[name]);
}

/** The definition of each name. */
function definitionsOf(exporters: ReadonlySet<CompatExporter>): ReadonlyMap<string, FamilyDefinition> {
  const definitions = new Map<string, FamilyDefinition>();
  for (const family of tablesOf(exporters).flatMap(({ families }) => families)) {
    if (!definitions.has(family.name)) definitions.set(family.name, family);
  }
  return definitions;
}
