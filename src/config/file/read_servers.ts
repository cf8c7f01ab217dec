import type { ConnectionParameters } from "../connection_parameters.ts";
import { parseConninfo } from "../conninfo.ts";
import { SUPPORTED_KEYWORDS } from "../conninfo_keywords.ts";
import { SERVER_NAME } from "../servers.ts";
import type { FileMap, FileNode, FilePlace } from "../yaml/document.ts";
import type { YamlFile } from "../yaml/yaml_file.ts";
import type { FileCluster, FileServer } from "./file_config.ts";
import { itemsAt, mapAt, scalarText, settingOf } from "./values.ts";

/** The file, and how to read what it names. */
export interface FileContext {
  /** The file; problems are added to it. */
  readonly file: YamlFile;
  /** Resolves a path of the file against the file's directory. */
  readonly resolvePath: (path: string) => string;
  /** Reads a file whole. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Label names that the program uses itself. */
  readonly reservedLabels: ReadonlySet<string>;
}

/** Names in use, and where each was given. */
type UsedNames = Map<string, FilePlace>;

const NAME_RULE = 'must be 1 to 63 letters, digits, "_", ".", ":" or "-", and begin with a letter or digit';
const CUSTOM_LABEL = /^[a-zA-Z][a-zA-Z0-9_]*$/;
const PATH_KEYWORDS: readonly string[] = [
  "passfile",
  "password_file",
  "servicefile",
  "sslrootcert",
  "sslcert",
  "sslkey",
];

/** Connection parameters by keyword, each with its place. */
export type PlacedParameters = ReadonlyMap<string, { readonly value: string; readonly place: FilePlace }>;

/**
 * Parameters with `file:line:column` as their source.
 *
 * @param parameters The parameters.
 * @param file The file they are in.
 */
export function withSources(parameters: PlacedParameters, file: YamlFile): ConnectionParameters {
  return new Map(
    [...parameters].map(([keyword, { value, place }]) => [keyword, { value, source: file.label(place) }]),
  );
}

/**
 * Reads the connection parameters that are keys of a mapping.
 *
 * @param map The mapping.
 * @param context The file, and how to read others.
 */
export async function readConnectionKeys(
  map: FileMap,
  { file, resolvePath, readTextFile }: FileContext,
): Promise<PlacedParameters> {
  const parameters = new Map<string, { value: string; place: FilePlace }>();
  for (const keyword of [...SUPPORTED_KEYWORDS, "password_file"]) {
    const node = map.entries.get(keyword)?.node;
    const text = scalarText(node);
    if (node === undefined || text === null || text === "") continue;
    const isPath = PATH_KEYWORDS.includes(keyword) && text !== "system";
    parameters.set(keyword, { value: isPath ? resolvePath(text) : text, place: node });
  }
  const password = map.entries.get("password");
  const passwordFile = parameters.get("password_file");
  if (password !== undefined && parameters.has("password") && passwordFile !== undefined) {
    file.addProblem(password.key, "both password and password_file are given: remove one of them");
  }
  if (passwordFile !== undefined) {
    // Read now to report a wrong path at once; every login reads it again. The path could be the password itself.
    const problem = await passwordFileProblem(passwordFile.value, readTextFile);
    if (problem !== "") file.addProblem(passwordFile.place, `password_file: ${problem}`);
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
    return `cannot read the file (${reason}): expected the path of a file that contains the password`;
  }
}

function readLabels(map: FileMap, { file, reservedLabels }: FileContext): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const [name, { key, node }] of mapAt(map, "labels").entries) {
    const value = node.kind === "scalar" && typeof node.value === "string" ? node.value : null;
    if (value === null) continue;
    if (!CUSTOM_LABEL.test(name)) {
      file.addProblem(key, 'a label name must begin with a letter and contain only letters, digits and "_"');
    } else if (reservedLabels.has(name)) {
      file.addProblem(key, `the label "${name}" is used by the exporter itself: choose another name`);
    } else if (value === "") file.addProblem(node, "the label value is empty: expected text");
    else labels.set(name, value);
  }
  return labels;
}

/** Reads a name; null when it is invalid or already in use. */
function readName(
  map: FileMap,
  { file, used, what }: {
    readonly file: YamlFile;
    readonly used: UsedNames;
    readonly what: "server" | "cluster";
  },
): { readonly name: string; readonly place: FilePlace } | null {
  const node = map.entries.get("name")?.node;
  if (node === undefined || node.kind !== "scalar" || typeof node.value !== "string") return null;
  const name = node.value;
  if (!SERVER_NAME.test(name)) {
    file.addProblem(node, `name: the name of a ${what} ${NAME_RULE}`);
    return null;
  }
  const before = used.get(name);
  if (before !== undefined) {
    file.addProblem(
      node,
      `name: two ${what}s are named "${name}", the other one on line ${before.line}: names must be unique`,
    );
    return null;
  }
  used.set(name, node);
  return { name, place: node };
}

/** Parameters of a server: its own keys and its connection string, then those of its cluster and of the file. */
async function readConnection(
  map: FileMap,
  { defaults, ...context }: FileContext & { readonly defaults: readonly PlacedParameters[] },
): Promise<PlacedParameters> {
  const { file } = context;
  const own = new Map(await readConnectionKeys(map, context));
  const dsn = map.entries.get("dsn")?.node;
  const dsnText = scalarText(dsn);
  if (dsn !== undefined && dsnText !== null) {
    try {
      for (const [keyword, value] of parseConninfo(dsnText)) {
        const twice = own.get(keyword);
        if (twice === undefined) own.set(keyword, { value, place: dsn });
        else file.addProblem(twice.place, `"${keyword}" is given here and in dsn: remove one of them`);
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      file.addProblem(dsn, error.message);
    }
  }
  for (const parameters of defaults) {
    // A password of the server goes before a shared password file, and the other way round.
    const isPassword = (keyword: string) => ["password", "password_file", "passfile"].includes(keyword);
    const hasPassword = [...own.keys()].some(isPassword);
    for (const [keyword, value] of parameters) {
      if (!own.has(keyword) && !(isPassword(keyword) && hasPassword)) own.set(keyword, value);
    }
  }
  return own;
}

/** Servers of a list, in one cluster or in none. */
async function readServerList(
  nodes: readonly FileNode[],
  options: FileContext & {
    readonly cluster: string;
    readonly labels: ReadonlyMap<string, string>;
    readonly defaults: readonly PlacedParameters[];
    readonly used: UsedNames;
  },
): Promise<readonly FileServer[]> {
  const { file, used, cluster, labels } = options;
  const servers: FileServer[] = [];
  for (const node of nodes) {
    if (node.kind !== "map") continue;
    // A server without a valid name is a problem already; what else is wrong with it is reported as well.
    const { name, place } = readName(node, { file, used, what: "server" }) ??
      { name: `line-${node.line}`, place: node };
    const parameters = withSources(await readConnection(node, options), file);
    servers.push({
      name,
      label: file.label(place),
      parameters,
      cluster,
      labels: new Map([...labels, ...readLabels(node, options)]),
      isIncomplete: file.hasProblemIn(node),
    });
  }
  return servers;
}

/**
 * Reads the servers of a file and its clusters.
 *
 * @param context The file, and how to read others.
 * @returns Both, without those that have problems.
 */
export async function readServersAndClusters(
  context: FileContext,
): Promise<{ readonly servers: readonly FileServer[]; readonly clusters: readonly FileCluster[] }> {
  const { file } = context;
  const shared = await readConnectionKeys(mapAt(file.root, "connection"), context);
  const used: UsedNames = new Map();
  const usedByClusters: UsedNames = new Map();
  const clusters: FileCluster[] = [];
  const servers: FileServer[] = [];
  for (const node of itemsAt(file.root, "clusters")) {
    if (node.kind !== "map") continue;
    const name = readName(node, { file, used: usedByClusters, what: "cluster" })?.name ?? "";
    const labels = readLabels(node, context);
    const defaults = [await readConnectionKeys(mapAt(node, "connection"), context), shared];
    const list = itemsAt(node, "servers");
    if (list.length === 0 && node.entries.get("servers")?.node.kind === "list") {
      file.addProblem(node, "clusters.servers: the list is empty, expected at least one server");
    }
    servers.push(...await readServerList(list, { ...context, cluster: name, labels, defaults, used }));
    if (name === "") continue;
    clusters.push({
      name,
      expectedStandbys: settingOf(node.entries.get("expected_standbys")?.node, file),
      discoverStandbys: settingOf(node.entries.get("discover_standbys")?.node, file),
      labels,
    });
  }
  const outside = { ...context, cluster: "", labels: new Map<string, string>(), defaults: [shared], used };
  servers.push(...await readServerList(itemsAt(file.root, "servers"), outside));
  return { servers, clusters };
}
