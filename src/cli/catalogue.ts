import { collectors } from "../collectors/registry.ts";
import type { FamilyDefinition } from "../metrics/family.ts";
import { publishedFamilies } from "../scrape/published_families.ts";
import type { Invocation } from "./command.ts";

/** Every family that the program can publish, by name. */
export const catalogue: readonly FamilyDefinition[] = publishedFamilies(collectors).toSorted((a, b) =>
  a.name < b.name ? -1 : 1
);

/** `catalogue`: prints every family with type, labels and help, as text or with `--json` as JSON. */
export function printCatalogue({ context, isOn }: Pick<Invocation, "context" | "isOn">): Promise<number> {
  const text = isOn("json")
    ? JSON.stringify(
      catalogue.map(({ name, type, unit, labels, help }) => ({
        name,
        type,
        unit: unit ?? null,
        labels,
        help,
      })),
      null,
      2,
    )
    : catalogue.map(({ name, type, labels, help }) =>
      `${name}${labels.length === 0 ? "" : `{${labels.join(",")}}`} (${type})\n  ${help}`
    ).join("\n");
  context.writeStdout(`${text}\n`);
  return Promise.resolve(0);
}
