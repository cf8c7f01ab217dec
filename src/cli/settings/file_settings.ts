import type { SettingDefinition, SettingKind } from "../../config/file/file_config.ts";
import { environmentTwin, type Flag } from "./flags.ts";

/** Flags that the file has in a form of its own, or that cannot be in it. */
const NOT_IN_FILE: readonly string[] = ["server", "config.file"];

const KINDS: Readonly<Record<string, SettingKind>> = {
  "": "switch",
  COUNT: "count",
  ROWS: "count",
  DURATION: "duration",
  SIZE: "size",
};

/**
 * The settings that may be in the configuration file: those of the flags that every command shares.
 *
 * @param flags Every flag there is.
 */
export function fileSettings(flags: readonly Flag[]): readonly SettingDefinition[] {
  return flags
    .filter(({ name, isCommand, commands }) =>
      !isCommand && commands.length === 0 && !NOT_IN_FILE.includes(name)
    )
    .map((flag) => ({
      name: flag.name,
      kind: KINDS[flag.placeholder] ?? "text",
      isPath: flag.placeholder === "FILE",
      isRepeatable: flag.isRepeatable,
      help: flag.help,
      default: flag.default,
      variable: environmentTwin(flag.name),
    }));
}
