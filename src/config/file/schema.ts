import { z } from "zod";
import { SUPPORTED_KEYWORDS } from "../conninfo_keywords.ts";
import { keysOf, type SettingDefinition, type SettingKind } from "./file_config.ts";

/** Messages say what was expected and never repeat the text of the file. */
const EXPECTED = {
  text: "expected text; quote a value that looks like a number, true, false or null",
  switch: "expected true or false",
  count: "expected a whole number",
  duration: 'expected a duration with a unit, such as "15s" or "1m30s"',
  size: 'expected a size, such as "16MB", or a whole number of bytes',
  list: "expected a list: one item per line, each after a dash",
  texts: "expected text, or a list of texts",
  counts: "expected a whole number, or a list of them",
  mapping: "expected a mapping: indented keys and values",
  labels: "expected labels: names and values; quote a value that looks like a number",
  number: "expected a whole number or text",
} as const;

/** Keywords of libpq that locate one server. */
const ADDRESS_KEYWORDS: readonly string[] = ["host", "hostaddr", "port", "service"];
const NUMBER_KEYWORDS: readonly string[] = ["port", "connect_timeout", "sslsni"];

/** The most used of libpq's keywords. */
const KEYWORD_HELP: Readonly<Record<string, string>> = {
  host: "Host name, address, or directory of the Unix socket; several separated by commas.",
  hostaddr: "Address to connect to instead of resolving `host`.",
  port: "Port.",
  dbname: "Database.",
  user: "Role to log in as.",
  password: "Password. Prefer `password_file`, which keeps it out of this file.",
  passfile: "Path of the password file in libpq's format (.pgpass).",
  service: "Name of a service in the service file; its parameters are used.",
  servicefile: "Path of the service file.",
  connect_timeout: "Connection timeout, seconds.",
  application_name: "Name of the exporter's sessions in pg_stat_activity.",
  sslmode: "TLS mode with libpq's meaning: disable, allow, prefer, require, verify-ca or verify-full.",
  sslrootcert: "Path of the root certificates, or `system`.",
  sslcert: "Path of the client certificate.",
  sslkey: "Path of the key of the client certificate.",
  options: "Command-line options for the server process.",
  password_file: "Path of a file that contains only the password; it is read again for every login.",
};

const plainText = (description: string) => z.string({ error: EXPECTED.text }).describe(description);

function keywordShape(keywords: readonly string[]): Record<string, z.ZodType> {
  const numberOrText = z.union([z.int(), z.string()], { error: EXPECTED.number });
  return Object.fromEntries([...keywords, "password_file"].map((keyword) => {
    const help = KEYWORD_HELP[keyword] ?? `libpq's \`${keyword}\`.`;
    const value = NUMBER_KEYWORDS.includes(keyword) ? numberOrText.describe(help) : plainText(help);
    return [keyword, value.optional()];
  }));
}

const LABELS = z.record(z.string(), z.string({ error: EXPECTED.text }).optional(), {
  error: EXPECTED.labels,
});

function mapping(shape: Record<string, z.ZodType>, description: string): z.ZodObject {
  return z.strictObject(shape, { error: EXPECTED.mapping }).describe(description);
}

function items(item: z.ZodType, description: string) {
  return z.array(item, { error: EXPECTED.list }).describe(description);
}

function settingSchema({ kind, isRepeatable, help }: SettingDefinition): z.ZodType {
  const one = scalarOf(kind);
  if (!isRepeatable) return one.describe(help);
  const error = kind === "count" ? EXPECTED.counts : EXPECTED.texts;
  return z.union([one, z.array(one)], { error }).describe(help);
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

/** Settings as nested keys, in the order of the flags: those of one level first, then the levels below it. */
function settingsShape(settings: readonly SettingDefinition[], path: readonly string[] = []) {
  const below = settings.map((setting) => ({ setting, keys: keysOf(setting.name).slice(path.length) }));
  const shape: Record<string, z.ZodType> = {};
  for (const { setting, keys: [key = "", ...rest] } of below) {
    if (rest.length === 0) shape[key] = settingSchema(setting).optional();
  }
  const levels = Map.groupBy(below.filter(({ keys }) => keys.length > 1), ({ keys: [key = ""] }) => key);
  for (const [key, members] of levels) {
    const inner = settingsShape(members.map(({ setting }) => setting), [...path, key]);
    const flags = [...path, key].join(".").replaceAll("_", "-");
    shape[key] = mapping(inner, `Settings of the flags --${flags}.*`).optional();
  }
  return shape;
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
    "Parameters that connection strings leave out, by libpq keyword; they override POSTGRES_* and PG* of the environment.",
  );
  const server = mapping({
    name: plainText("Its name: the `instance` label, unique in the file."),
    dsn: plainText("Connection string as libpq takes it: a URI, or keywords and values.").optional(),
    labels: LABELS.describe("Labels of all its series, in addition to `instance` and `cluster`.").optional(),
    ...keywordShape(SUPPORTED_KEYWORDS),
  }, "A server: its name and its connection, as `dsn`, by libpq keyword, or both.");
  const { expected_standbys, discover_standbys, ...shape } = settingsShape(settings);
  const cluster = mapping({
    name: plainText(
      "Its name: the `cluster` label, unique in the file. Nothing is derived across cluster names: a copy of a cluster (a " +
        "restored backup, a staging system) needs a name of its own.",
    ),
    servers: items(server, "Its servers, at least one, in any order: the exporter finds the primary."),
    expected_standbys: (expected_standbys ?? z.never()).describe(
      "Number of standbys it should have. When absent, `expected_standbys` of the file applies, else its watched " +
        "servers minus one, discovered standbys included.",
    ),
    discover_standbys: (discover_standbys ?? z.never()).describe(
      "Whether to watch standbys that stream from its servers and are not listed. When absent, `discover_standbys` " +
        "of the file applies.",
    ),
    labels: LABELS.describe("Labels of all series of its servers, discovered ones included.").optional(),
    connection: connection.optional(),
  }, "A cluster: servers with the same system identifier.");
  const probeModule = mapping(
    keywordShape(
      SUPPORTED_KEYWORDS.filter((keyword) =>
        !ADDRESS_KEYWORDS.includes(keyword) && keyword !== "servicefile"
      ),
    ),
    "The login of `/probe?auth_module=NAME`, by libpq keyword; the rest comes from the environment, except the user.",
  );
  return mapping({
    clusters: items(cluster, "Clusters by name.").optional(),
    servers: items(
      server,
      "Servers in no named cluster: they have no `cluster` label. Those with the same system identifier are one cluster.",
    ).optional(),
    connection: connection.optional(),
    ...(expected_standbys ? { expected_standbys } : {}),
    ...(discover_standbys ? { discover_standbys } : {}),
    probe: mapping({
      modules: z.record(z.string(), probeModule.optional(), { error: EXPECTED.mapping })
        .describe("Logins by name: `auth_module`.").optional(),
      allowed_targets: items(
        z.string({ error: EXPECTED.text }),
        "Hosts that may be probed in addition to the servers of this file: names, `*.suffix`, addresses, or networks " +
          "such as 10.0.0.0/8.",
      ).optional(),
    }, "What `/probe` may do.").optional(),
    ...shape,
  }, "Configuration of pg-replication-exporter.");
}
