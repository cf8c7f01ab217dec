import type { Environment } from "../../config/classic.ts";
import type { Setting, Settings } from "../../config/settings.ts";
import type { Arguments } from "./arguments.ts";
import { environmentTwin, type Flag } from "./flags.ts";

const SWITCH_WORDS: Readonly<Record<string, string>> = {
  true: "true",
  yes: "true",
  on: "true",
  "1": "true",
  false: "false",
  no: "false",
  off: "false",
  "0": "false",
};

/** Reads a flag's variable; `null` when it is unset or empty, as a composed environment leaves what it has no value for. */
function readTwin(flag: Flag, environment: Environment, problems: string[]): Setting | null {
  if (flag.isCommand || flag.commands.length > 0) return null;
  const label = environmentTwin(flag.name);
  const text = environment(label)?.trim() ?? "";
  if (text === "") return null;
  if (flag.placeholder === "") {
    const value = SWITCH_WORDS[text.toLowerCase()];
    if (value === undefined) problems.push(`${label}: Unknown value "${text}": expected true or false`);
    return value === undefined ? null : { values: [value], origin: "environment", label };
  }
  const values = flag.isRepeatable
    ? text.split(/[;\n]/).map((value) => value.trim()).filter((value) => value !== "")
    : [text];
  return { values, origin: "environment", label };
}

/**
 * Every setting: a flag goes before its variable, that before the default.
 *
 * @param flags The flags there are.
 * @param sources What the command line gave, the environment, and where problems are put.
 * @returns Settings by name; those that were not given and have no default are absent.
 */
export function readSettings(
  flags: readonly Flag[],
  sources: {
    readonly given: Arguments["given"];
    readonly environment: Environment;
    readonly problems: string[];
  },
): Settings {
  const settings = new Map<string, Setting>();
  for (const flag of flags) {
    const values = sources.given.get(flag.name);
    const setting: Setting | null = values !== undefined
      ? { values, origin: "flag", label: `--${flag.name}` }
      : readTwin(flag, sources.environment, sources.problems);
    if (setting !== null) settings.set(flag.name, setting);
    else if (flag.default !== null) {
      settings.set(flag.name, { values: [flag.default], origin: "default", label: `--${flag.name}` });
    }
  }
  return settings;
}

/**
 * Settings with those of the file, which go before the default only.
 *
 * @param settings What flags, environment and defaults say.
 * @param file What the file says.
 */
export function overlayFile(settings: Settings, file: Settings): Settings {
  const isGiven = (name: string) => {
    const origin = settings.get(name)?.origin;
    return origin === "flag" || origin === "environment";
  };
  return new Map([...settings, ...[...file].filter(([name]) => !isGiven(name))]);
}
