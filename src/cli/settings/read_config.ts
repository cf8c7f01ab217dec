import type { Collector } from "../../collectors/collector.ts";
import { ConfigError } from "../../config/config_error.ts";
import type { FileConfig } from "../../config/file/file_config.ts";
import { resolveConfig, type ResolvedConfig } from "../../config/resolve.ts";
import type { Setting, Settings } from "../../config/settings.ts";
import { didYouMean } from "../../config/suggestion.ts";
import type { Arguments } from "./arguments.ts";
import type { CommandContext } from "../context.ts";
import { environmentTwin, type Flag, isSetting } from "./flags.ts";
import { overlayFile, readSettings } from "./read_settings.ts";

/** A configuration and its sources. */
export interface ConfigReading extends ResolvedConfig {
  /** Every setting with its source. */
  readonly settings: Settings;
  /** The configuration file; null when there is none. */
  readonly file: FileConfig | null;
}

const FILE_ADVICE = "docs/CONFIGURATION.md explains every key; test the file with: " +
  "pg-replication-exporter check-config --config.file=FILE";

/** Variables that correspond to no flag: logins at another exporter. */
const OTHER_VARIABLES = ["PGREPL_FROM_USER", "PGREPL_FROM_PASSWORD", "PGREPL_CTL_PASSWORD"];

/** Variables set by others: by Kubernetes for a service called "pgrepl", and by the tests of this program. */
const FOREIGN = /_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?$|^PGREPL_TEST_/;

/** One problem for each variable in `names` that begins with PGREPL_ but is unknown: it may be a misspelled setting. */
export function unknownVariables(names: readonly string[], flags: readonly Flag[]): readonly string[] {
  const known = [...flags.filter(isSetting).map(({ name }) => environmentTwin(name)), ...OTHER_VARIABLES];
  return names
    .filter((name) => name.startsWith("PGREPL_") && !known.includes(name) && !FOREIGN.test(name))
    .map((name) =>
      `Unknown variable "${name}"${didYouMean(name, known) || ": help all lists the variables"}`
    );
}

/** Reads the configuration file, if there is one; its libraries are loaded only then. */
async function readFile(
  setting: Setting | undefined,
  { context, collectors, flags }: {
    readonly context: CommandContext;
    readonly collectors: readonly Collector[];
    readonly flags: readonly Flag[];
  },
): Promise<FileConfig | null> {
  const path = setting?.values[0];
  if (path === undefined) return null;
  const [{ loadConfigFile }, { fileSettings, reservedLabels }] = await Promise.all([
    import("../../config/file/load.ts"),
    import("./file_settings.ts"),
  ]);
  return await loadConfigFile({
    path,
    settings: fileSettings(flags),
    readTextFile: (file) => context.readTextFile(file),
    reservedLabels: reservedLabels(collectors),
  });
}

/** Each problem once: those of the file first, by line, then all others. */
function sortProblems(problems: readonly string[], file: FileConfig | null): readonly string[] {
  const placeOf = (problem: string): readonly [number, number] | null => {
    if (file === null || !problem.startsWith(`${file.path}:`)) return null;
    const [, line, column] = /^(\d+):(\d+):/.exec(problem.slice(file.path.length + 1)) ?? [];
    return line === undefined ? null : [Number(line), Number(column)];
  };
  const placed = [...new Set(problems)].map((problem) => ({ problem, place: placeOf(problem) }));
  const inFile = placed.flatMap(({ problem, place }) => place === null ? [] : [{ problem, place }])
    .sort((a, b) => a.place[0] - b.place[0] || a.place[1] - b.place[1]);
  return [...inFile, ...placed.filter(({ place }) => place === null)].map(({ problem }) => problem);
}

/**
 * Reads the configuration from flags, environment and file. It keeps no state, so that every call reads everything again.
 *
 * @throws {ConfigError} With every problem found.
 */
export async function readConfiguration(
  { flags, given, problems: found }: Arguments & { readonly flags: readonly Flag[] },
  { context, collectors }: { readonly context: CommandContext; readonly collectors: readonly Collector[] },
): Promise<ConfigReading> {
  const problems = [...found, ...unknownVariables(context.environmentNames?.() ?? [], flags)];
  const environment = (name: string) => context.environment(name);
  const before = readSettings(flags, { given, environment, problems });
  const file = await readFile(before.get("config.file"), { context, collectors, flags });
  problems.push(...file?.problems ?? []);
  const settings = file === null ? before : overlayFile(before, file.settings);
  let [advice, lacksServers] = ["", false];
  try {
    const resolved = await resolveConfig({
      settings,
      environment,
      readTextFile: (path) => context.readTextFile(path),
      collectors: collectors.map(({ name }) => name),
      file,
    });
    if (problems.length === 0) return { ...resolved, settings, file };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    lacksServers = error.lacksServers && problems.length === 0;
    problems.push(...error.problems);
    advice = error.advice;
  }
  const ofFile = file !== null && problems.some((problem) => problem.startsWith(`${file.path}:`));
  throw new ConfigError(sortProblems(problems, file), {
    advice: advice || (ofFile ? FILE_ADVICE : ""),
    lacksServers,
  });
}
