import { collectors } from "../collectors/registry.ts";
import type { FamilyDefinition } from "../metrics/family.ts";
import { publishedFamilies } from "../scrape/published_families.ts";
import type { Invocation } from "./command.ts";

/** Every family the program can publish, by name. */
export const catalogue: readonly FamilyDefinition[] = publishedFamilies(collectors).toSorted((a, b) =>
  a.name < b.name ? -1 : 1
);

/**
 * `catalogue`: every metric family with type, labels and meaning, for a person or as JSON.
 *
 * @param invocation `--json` asks for JSON.
 * @returns 0.
 */
export function printCatalogue({ context, isOn }: Pick<Invocation, "context" | "isOn">): Promise<number> {
  if (isOn("json")) {
    const families = catalogue.map(({ name, type, unit, labels, help }) => ({
      name,
      type,
      unit: unit ?? null,
      labels,
      help,
    }));
    context.writeStdout(`${JSON.stringify(families, null, 2)}\n`);
    return Promise.resolve(0);
  }
  for (const { name, type, labels, help } of catalogue) {
    context.writeStdout(
      `${name}${labels.length === 0 ? "" : `{${labels.join(",")}}`} (${type})\n  ${help}\n`,
    );
  }
  return Promise.resolve(0);
}
