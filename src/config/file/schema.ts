import { z } from "zod";
import { SUPPORTED_KEYWORDS } from "../conninfo_keywords.ts";
import { keysOf, type SettingDefinition, type SettingKind } from "./file_config.ts";

/** What was expected, in words: messages never repeat what is written in the file. */
const EXPECTED = {
  text: "expected a text; one that looks like a number, true, false or null needs quotes",
  switch: "expected true or false",
  count: "expected a whole number",
  duration: 'expected a duration with a unit, such as "15s" or "1m30s"',
  size: 'expected a size, such as "16MB", or a whole number of bytes',
  list: "expected a list, one item per line with a dash before it",
  texts: "expected a text, or a list of texts",
  mapping: "expected a mapping: keys and values, indented",
  labels: "expected labels: names and values; a value that looks like a number needs quotes",
  number: "expected a whole number or a text",
} as const;

/** Keywords of libpq that say where a server is: they make no sense for several servers. */
const ADDRESS_KEYWORDS: readonly string[] = ["host", "hostaddr", "port", "service"];
/** Keywords whose value is a number. */
const NUMBER_KEYWORDS: readonly string[] = ["port", "connect_timeout", "sslsni"];

/** What libpq's keywords mean, for those that are used most. */
const KEYWORD_HELP: Readonly<Record<string, string>> = {
  host: "Host name, address, or directory of the Unix socket; several as a comma list.",
  hostaddr: "Address to connect to instead of resolving `host`.",
  port: "Port.",
  dbname: "Database.",
  user: "Role to log in as.",
  password: "Password. Better kept out of this file: see `password_file`.",
  passfile: "Path of the password file in libpq's format (.pgpass).",
  service: "Name of a service of the service file, whose parameters are used.",
  servicefile: "Path of the service file.",
  connect_timeout: "Longest attempt to connect, seconds.",
  application_name: "What pg_stat_activity shows for us.",
  sslmode: "TLS with libpq's meaning: disable, allow, prefer, require, verify-ca or verify-full.",
  sslrootcert: "Path of the root certificates, or `system`.",
  sslcert: "Path of the client certificate.",
  sslkey: "Path of the key of the client certificate.",
  options: "Command-line options for the server process.",
};

const text = (description: string) => z.string({ error: EXPECTED.text }).describe(description);

function keywordShape(keywords: readonly string[]): Record<string, z.ZodType> {
  return Object.fromEntries([
    ...keywords.map((keyword) => {
      const help = KEYWORD_HELP[keyword] ?? `libpq's \`${keyword}\`.`;
      const isNumber = NUMBER_KEYWORDS.includes(keyword);
      return [
        keyword,
        isNumber
          ? z.union([z.int(), z.string()], { error: EXPECTED.number }).describe(help).optional()
          : text(help).optional(),
      ] as const;
    }),
    [
      "password_file",
      text("Path of a file that holds nothing but the password; it is read anew for every login.").optional(),
    ] as const,
  ]);
}

const LABELS = z.record(z.string(), z.string({ error: EXPECTED.text }), { error: EXPECTED.labels });

function mapping(shape: Record<string, z.ZodType>, description: string): z.ZodObject {
  return z.strictObject(shape, { error: EXPECTED.mapping }).describe(description);
}

function list(item: z.ZodType, description: string) {
  return z.array(item, { error: EXPECTED.list }).describe(description);
}

function valueOf({ kind, isRepeatable, help }: SettingDefinition): z.ZodType {
  const one = scalarOf(kind);
  if (!isRepeatable) return one.describe(help);
  return z.union([one, z.array(one)], { error: EXPECTED.texts }).describe(help);
}

function scalarOf(kind: SettingKind): z.ZodType {
  const error = EXPECTED[kind];
  switch (kind) {
    case "switch":
      return z.boolean({ error });
    case "count":
      return z.union([z.int({ error }).nonnegative({ error }), z.string().regex(/^\d+$/, { error })], {
        error,
      });
    case "duration":
      return z.union([z.string(), z.literal(0)], { error });
    case "size":
      return z.union([z.string(), z.int({ error }).nonnegative({ error })], { error });
    case "text":
      return z.string({ error });
  }
}

/** Settings as nested keys, in the order of the flags. */
interface Level {
  readonly settings: Map<string, SettingDefinition>;
  readonly levels: Map<string, Level>;
}

function levelsOf(settings: readonly SettingDefinition[]): Level {
  const root: Level = { settings: new Map(), levels: new Map() };
  for (const setting of settings) {
    const keys = keysOf(setting.name);
    let level = root;
    for (const key of keys.slice(0, -1)) {
      const next = level.levels.get(key) ?? { settings: new Map(), levels: new Map() };
      level.levels.set(key, next);
      level = next;
    }
    level.settings.set(keys[keys.length - 1] ?? "", setting);
  }
  return root;
}

function shapeOf({ settings, levels }: Level, path: string): Record<string, z.ZodType> {
  return Object.fromEntries([
    ...[...settings].map(([key, setting]) => [key, valueOf(setting).optional()] as const),
    ...[...levels].map(([key, level]) => {
      const name = path === "" ? key : `${path}.${key}`;
      return [
        key,
        mapping(shapeOf(level, name), `Settings of the flags --${name.replaceAll("_", "-")}.*`).optional(),
      ] as const;
    }),
  ]);
}

/**
 * The shape of the file.
 *
 * @param settings Every setting that has a flag.
 * @returns The schema; every object is closed, every key has a description.
 * @internal Its type is the validator's own.
 */
export function fileSchema(settings: readonly SettingDefinition[]): z.ZodObject {
  const connection = mapping(
    keywordShape(
      SUPPORTED_KEYWORDS.filter((keyword) => !ADDRESS_KEYWORDS.includes(keyword) || keyword === "port"),
    ),
    "What connection strings leave out, by libpq keyword: it goes before POSTGRES_* and PG* of the environment.",
  );
  const server = mapping({
    name: text("Its name: the `instance` label, unique in the file."),
    dsn: text("Connection string as libpq takes it: a URI, or keywords and values.").optional(),
    labels: LABELS.describe("Labels of all its series, besides `instance` and `cluster`.").optional(),
    ...keywordShape(SUPPORTED_KEYWORDS),
  }, "A server: its name and how to reach it, as `dsn`, by libpq keyword, or both.");
  const { expected_standbys, discover_standbys, ...shape } = shapeOf(levelsOf(settings), "");
  const cluster = mapping({
    name: text("Its name: the `cluster` label, unique in the file."),
    servers: list(server, "Its servers, at least one, in any order: which is the primary is found out."),
    expected_standbys: (expected_standbys ?? z.never()).describe(
      "Standbys its primary should have; by default its servers less one, discovered ones besides. Without it, " +
        "`expected_standbys` of the file counts for it.",
    ),
    discover_standbys: (discover_standbys ?? z.never()).describe(
      "Whether standbys that stream from its servers and are not listed are watched too. Without it, " +
        "`discover_standbys` of the file counts for it.",
    ),
    labels: LABELS.describe("Labels of all series of its servers, discovered ones included.").optional(),
    connection: connection.optional(),
  }, "A cluster: servers with one system identifier.");
  const probeModule = mapping(
    keywordShape(
      SUPPORTED_KEYWORDS.filter((keyword) =>
        !ADDRESS_KEYWORDS.includes(keyword) && keyword !== "servicefile"
      ),
    ),
    "How `/probe?auth_module=NAME` logs in, by libpq keyword; what is left out comes from the environment, but not " +
      "the user.",
  );
  return mapping({
    clusters: list(cluster, "Clusters by name.").optional(),
    servers: list(server, "Servers that are in no named cluster: they have no `cluster` label.").optional(),
    connection: connection.optional(),
    ...(expected_standbys ? { expected_standbys } : {}),
    ...(discover_standbys ? { discover_standbys } : {}),
    probe: mapping({
      modules: z.record(z.string(), probeModule, { error: EXPECTED.mapping })
        .describe("Logins by name: `auth_module`.").optional(),
      allowed_targets: list(
        z.string({ error: EXPECTED.text }),
        "Hosts that may be probed besides the servers of this file: names, `*.suffix`, addresses, or networks as " +
          "10.0.0.0/8.",
      ).optional(),
    }, "What `/probe` may do.").optional(),
    ...shape,
  }, "Configuration of pg-replication-exporter.");
}
