import type { Setting } from "../settings.ts";
import { mapAt, settingOf } from "./values.ts";
import { readYaml } from "../yaml/yaml_file.ts";
import { type FileConfig, keysOf, type SettingDefinition } from "./file_config.ts";
import { readProbe } from "./read_probe.ts";
import { readServersAndClusters } from "./read_servers.ts";
import { fileSchema } from "./schema.ts";
import { errorMessage } from "../../domain/thrown.ts";

/** What loading a configuration file needs. */
export interface ConfigFileOptions {
  /** Path of the file, as the user gave it. */
  readonly path: string;
  /** Every setting that has a flag and may be in the file. */
  readonly settings: readonly SettingDefinition[];
  /** Reads a file whole. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Label names that a server cannot have. */
  readonly reservedLabels: ReadonlySet<string>;
}

/** Resolves paths of a file against its directory, as Prometheus does. */
function pathResolver(file: string): (path: string) => string {
  const directory = /^(.*[/\\])[^/\\]*$/.exec(file)?.[1] ?? "";
  const isAbsolute = (path: string) => /^(?:[/\\]|[A-Za-z]:[/\\])/.test(path);
  return (path) => isAbsolute(path) ? path : directory + path;
}

/**
 * Reads the configuration file.
 *
 * @param options Its path, and what may be in it.
 * @returns Its content and every problem in it; nothing is thrown, so that all problems can be reported together.
 */
export async function loadConfigFile(options: ConfigFileOptions): Promise<FileConfig> {
  const { path, settings, readTextFile, reservedLabels } = options;
  let text: string;
  try {
    text = await readTextFile(path);
  } catch (error) {
    const reason = errorMessage(error);
    const problems = [`Cannot read the configuration file "${path}": ${reason}`];
    return { path, settings: new Map(), servers: [], clusters: [], probe: null, problems };
  }
  const { file } = readYaml(text, { path, schema: fileSchema(settings), version: "1.2" });
  const resolvePath = pathResolver(path);
  const context = { file, resolvePath, readTextFile, reservedLabels };
  const given = new Map<string, Setting>();
  for (const { name, isPath } of settings) {
    const keys = keysOf(name);
    const level = keys.slice(0, -1).reduce(mapAt, file.root);
    const setting = settingOf(level.entries.get(keys.at(-1) ?? "")?.node, file);
    if (setting === null) continue;
    given.set(name, isPath ? { ...setting, values: setting.values.map(resolvePath) } : setting);
  }
  const { servers, clusters } = await readServersAndClusters(context);
  const probe = await readProbe(context);
  return { path, settings: given, servers, clusters, probe, problems: file.problems() };
}
