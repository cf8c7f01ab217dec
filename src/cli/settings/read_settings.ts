import type { Environment } from "../../config/classic.ts";
import type { Setting, Settings } from "../../config/settings.ts";
import type { Arguments } from "./arguments.ts";
import { environmentTwin, type Flag, isSetting } from "./flags.ts";

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

/** Reads a flag's variable; `null` when it is unset or empty, as Compose leaves a variable without a value. */
function readTwin(flag: Flag, environment: Environment, problems: string[]): Setting | null {
  if (!isSetting(flag)) return null;
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
 * Every setting by name: a flag overrides its variable, which overrides the default. Settings without a value are absent.
 *
 * @param flags Every flag.
 * @param sources The command line, the environment, and a list that problems are added to.
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

/** Adds the settings of the file, which override only defaults. */
export function overlayFile(settings: Settings, file: Settings): Settings {
  const isGiven = (name: string) => {
    const origin = settings.get(name)?.origin;
    return origin === "flag" || origin === "environment";
  };
  return new Map([...settings, ...[...file].filter(([name]) => !isGiven(name))]);
}
