import type { Collector } from "../../collectors/collector.ts";
import type { SettingDefinition, SettingKind } from "../../config/file/file_config.ts";
import { publishedFamilies } from "../../scrape/published_families.ts";
import { environmentTwin, type Flag, isSetting } from "./flags.ts";

/** Settings that have their own syntax in the file, or cannot be in it. */
const NOT_IN_FILE: readonly string[] = ["server", "config.file"];

const SETTING_KINDS: Readonly<Record<string, SettingKind>> = {
  "": "switch",
  COUNT: "count",
  ROWS: "count",
  PORT: "count",
  DURATION: "duration",
  SIZE: "size",
};

/** The settings that the configuration file may contain. */
export function fileSettings(flags: readonly Flag[]): readonly SettingDefinition[] {
  return flags.filter((flag) => isSetting(flag) && !NOT_IN_FILE.includes(flag.name)).map((flag) => ({
    name: flag.name,
    kind: SETTING_KINDS[flag.placeholder] ?? "text",
    isPath: flag.placeholder === "FILE",
    isRepeatable: flag.isRepeatable,
    help: flag.help,
    default: flag.default,
    variable: environmentTwin(flag.name),
  }));
}

/** Labels that Prometheus or its relabelling uses. */
const PROMETHEUS_LABELS = ["job", "le", "quantile"];

/** Names that a label of a server must not have: those of the program's own families and of Prometheus. */
export function reservedLabels(collectors: readonly Collector[]): ReadonlySet<string> {
  const families = publishedFamilies(collectors);
  return new Set(["instance", "cluster", ...PROMETHEUS_LABELS, ...families.flatMap(({ labels }) => labels)]);
}
