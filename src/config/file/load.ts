import type { Setting } from "../settings.ts";
import { type FileMap, type FileNode, parseFile } from "./document.ts";
import { type FileConfig, keysOf, type SettingDefinition } from "./file_config.ts";
import { Notes } from "./notes.ts";
import { readProbe } from "./read_probe.ts";
import { readServersAndClusters } from "./read_servers.ts";
import { fileSchema } from "./schema.ts";
import { shapeProblems } from "./shape.ts";
import { settingOf } from "./values.ts";

/** What loading a file takes. */
export interface LoadOptions {
  /** Path of the file, as the user gave it. */
  readonly path: string;
  /** Every setting that has a flag and may be in the file. */
  readonly settings: readonly SettingDefinition[];
  /** Reads a file whole. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Names that no label of a server may have. */
  readonly reservedLabels: ReadonlySet<string>;
}

function nodeAt(root: FileMap, keys: readonly string[]): FileNode | undefined {
  let node: FileNode | undefined = root;
  for (const key of keys) node = node?.kind === "map" ? node.entries.get(key)?.node : undefined;
  return node;
}

/** Makes paths of a file relative to its directory, as in Prometheus. */
function pathResolver(file: string): (path: string) => string {
  const directory = /^(.*[/\\])[^/\\]*$/.exec(file)?.[1] ?? "";
  const isAbsolute = (path: string) => /^(?:[/\\]|[A-Za-z]:[/\\])/.test(path);
  return (path) => isAbsolute(path) ? path : directory + path;
}

/** A setting of the file; paths made whole. */
function settingAt(
  node: FileNode | undefined,
  { notes, isPath, resolvePath }: {
    readonly notes: Notes;
    readonly isPath: boolean;
    readonly resolvePath: (path: string) => string;
  },
): Setting | null {
  const setting = settingOf(node, notes);
  return setting === null || !isPath ? setting : { ...setting, values: setting.values.map(resolvePath) };
}

/**
 * Reads the configuration file.
 *
 * @param options Its path, and what may be in it.
 * @returns What it says and what is wrong with it: it is never thrown, so that everything can be said at once.
 */
export async function loadConfigFile(options: LoadOptions): Promise<FileConfig> {
  const { path, settings, readTextFile, reservedLabels } = options;
  const nothing = { path, settings: new Map(), servers: [], clusters: [], probe: null };
  let text: string;
  try {
    text = await readTextFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...nothing, problems: [`Cannot read the configuration file "${path}": ${reason}`] };
  }
  const notes = new Notes(path);
  const { root, problems } = parseFile(text);
  for (const problem of [...problems, ...shapeProblems(root, fileSchema(settings))]) {
    notes.add(problem, problem.sentence);
  }
  const resolvePath = pathResolver(path);
  const context = { notes, resolvePath, readTextFile, reservedLabels };
  const given = new Map<string, Setting>();
  for (const { name, isPath } of settings) {
    const setting = settingAt(nodeAt(root, keysOf(name)), { notes, isPath, resolvePath });
    if (setting !== null) given.set(name, setting);
  }
  const { servers, clusters } = await readServersAndClusters(root, context);
  const probe = await readProbe(root, context);
  return { path, settings: given, servers, clusters, probe, problems: notes.sentences() };
}
