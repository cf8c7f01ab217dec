import type { ConnectionParameters } from "../connection_parameters.ts";
import { parseConninfo } from "../conninfo.ts";
import { SUPPORTED_KEYWORDS } from "../conninfo_keywords.ts";
import { SERVER_NAME } from "../servers.ts";
import type { FileMap, FileNode, Place } from "./document.ts";
import type { FileCluster, FileServer } from "./file_config.ts";
import type { Notes } from "./notes.ts";
import { itemsOf, mapAt, settingOf, textOf } from "./values.ts";

/** What reading a file takes. */
export interface ReadContext {
  /** Where problems are noted and places named. */
  readonly notes: Notes;
  /** Makes a path of the file absolute, or relative to where the program runs. */
  readonly resolvePath: (path: string) => string;
  /** Reads a file whole. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Names that no label may have: those of the program's own. */
  readonly reservedLabels: ReadonlySet<string>;
}

/** A name that was given, where, and whose. */
type Names = Map<string, Place>;

const NAME_RULE = 'must be 1 to 63 letters, digits, "_", ".", ":" or "-", beginning with a letter or digit';
const LABEL_NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/;
/** Keywords whose value is a path. */
const PATHS: readonly string[] = [
  "passfile",
  "password_file",
  "servicefile",
  "sslrootcert",
  "sslcert",
  "sslkey",
];

/** Parameters by keyword, each with its place. */
export type Parameters = ReadonlyMap<string, { readonly value: string; readonly place: Place }>;

/**
 * Parameters as they are known outside of the file: each with `file:line:column`.
 *
 * @param parameters The parameters.
 * @param notes Names places.
 */
export function withLabels(parameters: Parameters, notes: Notes): ConnectionParameters {
  return new Map(
    [...parameters].map(([keyword, { value, place }]) => [keyword, { value, source: notes.label(place) }]),
  );
}

/**
 * Reads connection parameters that are keys of a mapping.
 *
 * @param map The mapping.
 * @param context How.
 */
export async function readParameters(map: FileMap, context: ReadContext): Promise<Parameters> {
  const parameters = new Map<string, { value: string; place: Place }>();
  for (const keyword of [...SUPPORTED_KEYWORDS, "password_file"]) {
    const node = map.entries.get(keyword)?.node;
    const text = textOf(node);
    if (node === undefined || text === null || text === "") continue;
    const isPath = PATHS.includes(keyword) && text !== "system";
    parameters.set(keyword, { value: isPath ? context.resolvePath(text) : text, place: node });
  }
  const password = map.entries.get("password");
  const file = parameters.get("password_file");
  if (password !== undefined && file !== undefined) {
    context.notes.add(password.key, "both password and password_file are given: remove one of them");
  }
  if (file !== undefined) {
    // Read now so that a wrong path is told at once; every login reads it anew. It could be the password itself.
    const problem = await passwordFileProblem(file.value, context.readTextFile);
    if (problem !== "") context.notes.add(file.place, `password_file: ${problem}`);
  }
  return parameters;
}

async function passwordFileProblem(
  path: string,
  readTextFile: (path: string) => Promise<string>,
): Promise<string> {
  try {
    const text = await readTextFile(path);
    return text.trim() === "" ? "the file is empty, expected a password in it" : "";
  } catch (error) {
    const reason = error instanceof Error ? error.name : "unknown error";
    return `the file cannot be read (${reason}): expected the path of a file that holds the password`;
  }
}

/** Reads the labels of a mapping. */
function readLabels(map: FileMap, { notes, reservedLabels }: ReadContext): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const [name, { key, node }] of mapAt(map, "labels").entries) {
    const value = node.kind === "scalar" && typeof node.value === "string" ? node.value : null;
    if (value === null) continue;
    if (!LABEL_NAME.test(name)) {
      notes.add(key, 'a label\'s name must begin with a letter and go on with letters, digits and "_"');
    } else if (reservedLabels.has(name)) {
      notes.add(key, `the label "${name}" is one of the program's own: choose another name`);
    } else if (value === "") notes.add(node, "a label's value is empty: expected a text");
    else labels.set(name, value);
  }
  return labels;
}

/** Reads a name; null when it cannot be one or was given before. */
function readName(
  map: FileMap,
  { notes, names, what }: {
    readonly notes: Notes;
    readonly names: Names;
    readonly what: "server" | "cluster";
  },
): { readonly name: string; readonly place: Place } | null {
  const node = map.entries.get("name")?.node;
  if (node === undefined || node.kind !== "scalar" || typeof node.value !== "string") return null;
  const name = node.value;
  if (!SERVER_NAME.test(name)) {
    notes.add(node, `name: the name of a ${what} ${NAME_RULE}`);
    return null;
  }
  const before = names.get(name);
  if (before !== undefined) {
    notes.add(
      node,
      `name: two ${what}s are named "${name}", the other one on line ${before.line}: each needs its own`,
    );
    return null;
  }
  names.set(name, node);
  return { name, place: node };
}

/** Parameters of a server: its own keys and its connection string, then those of its cluster and of the file. */
async function readConnection(
  map: FileMap,
  { defaults, ...context }: ReadContext & { readonly defaults: readonly Parameters[] },
): Promise<Parameters> {
  const own = new Map(await readParameters(map, context));
  const dsn = map.entries.get("dsn")?.node;
  const dsnText = textOf(dsn);
  if (dsn !== undefined && dsnText !== null) {
    const parsed = context.notes.attempt(dsn, () => parseConninfo(dsnText)) ?? new Map<string, string>();
    for (const [keyword, value] of parsed) {
      const twice = own.get(keyword);
      if (twice === undefined) own.set(keyword, { value, place: dsn });
      else context.notes.add(twice.place, `"${keyword}" is given here and in dsn: remove one of them`);
    }
  }
  for (const parameters of defaults) {
    // One's own password is not to be pushed aside by a file that others share, nor the other way round.
    const hasPassword = own.has("password") || own.has("password_file") || own.has("passfile");
    for (const [keyword, value] of parameters) {
      const isPassword = keyword === "password" || keyword === "password_file" || keyword === "passfile";
      if (!own.has(keyword) && !(isPassword && hasPassword)) own.set(keyword, value);
    }
  }
  return own;
}

/** Servers of a list, in one cluster or in none. */
async function readServerList(
  nodes: readonly FileNode[],
  options: ReadContext & {
    readonly cluster: string;
    readonly labels: ReadonlyMap<string, string>;
    readonly defaults: readonly Parameters[];
    readonly names: Names;
  },
): Promise<readonly FileServer[]> {
  const { notes, cluster, labels, names } = options;
  const servers: FileServer[] = [];
  for (const node of nodes) {
    if (node.kind !== "map") continue;
    const named = readName(node, { notes, names, what: "server" });
    const own = await readConnection(node, options);
    const itsLabels = new Map([...labels, ...readLabels(node, options)]);
    // Without a name of its own it is no server, and that is told; what else is wrong in it is told as well.
    const { name, place } = named ?? { name: `line-${node.line}`, place: node };
    servers.push({
      name,
      label: notes.label(place),
      parameters: withLabels(own, notes),
      cluster,
      labels: itsLabels,
      isIncomplete: [...node.entries.values()].some((entry) => notes.has(entry.key) || notes.has(entry.node)),
    });
  }
  return servers;
}

/**
 * Reads the servers of a file and its clusters.
 *
 * @param root The file.
 * @param context How.
 * @returns Both, without what has problems.
 */
export async function readServersAndClusters(
  root: FileMap,
  context: ReadContext,
): Promise<{ readonly servers: readonly FileServer[]; readonly clusters: readonly FileCluster[] }> {
  const { notes } = context;
  const ofFile = await readParameters(mapAt(root, "connection"), context);
  const names: Names = new Map();
  const clusterNames: Names = new Map();
  const clusters: FileCluster[] = [];
  const servers: FileServer[] = [];
  for (const node of itemsOf(root, "clusters")) {
    if (node.kind !== "map") continue;
    const named = readName(node, { notes, names: clusterNames, what: "cluster" });
    const labels = readLabels(node, context);
    const defaults = [await readParameters(mapAt(node, "connection"), context), ofFile];
    const list = itemsOf(node, "servers");
    if (list.length === 0 && node.entries.get("servers")?.node.kind === "list") {
      notes.add(node, "servers: the cluster has none, expected at least one");
    }
    const its = await readServerList(list, {
      ...context,
      cluster: named?.name ?? "",
      labels,
      defaults,
      names,
    });
    servers.push(...its);
    if (named === null) continue;
    clusters.push({
      name: named.name,
      expectedStandbys: settingOf(node.entries.get("expected_standbys")?.node, notes),
      discoverStandbys: settingOf(node.entries.get("discover_standbys")?.node, notes),
      labels,
    });
  }
  const others = await readServerList(itemsOf(root, "servers"), {
    ...context,
    cluster: "",
    labels: new Map(),
    defaults: [ofFile],
    names,
  });
  return { servers: [...servers, ...others], clusters };
}
