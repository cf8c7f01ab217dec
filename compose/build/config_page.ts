/**
 * The page of the configuration file, from the schema and the flags of the program.
 *
 * @module
 */
import { z } from "zod";
import { SUPPORTED_KEYWORDS } from "../../src/config/conninfo_keywords.ts";
import { keysOf, type SettingDefinition } from "../../src/config/file/file_config.ts";
import { fileSchema } from "../../src/config/file/schema.ts";

/** Kinds of values for the reader. */
const KIND_NAMES: Readonly<Record<SettingDefinition["kind"], string>> = {
  switch: "true or false",
  count: "whole number",
  duration: "duration, as `15s`",
  size: "size, as `16MB`",
  text: "text",
};

const KEYWORDS: readonly string[] = [...SUPPORTED_KEYWORDS, "password_file"];

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

/** A key of the schema: its path, its schema, whether it is required. */
interface Key {
  readonly path: string;
  readonly schema: z.ZodType;
  readonly isRequired: boolean;
}

function unwrap(schema: unknown): z.ZodType | null {
  if (schema instanceof z.ZodOptional) return unwrap(schema.unwrap());
  return schema instanceof z.ZodType ? schema : null;
}

/** Every key below an object of the schema at `path`: lists as `name[]`, names that the user chooses as `NAME`. */
export function* keysBelow(schema: z.ZodType, path = ""): Generator<Key> {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray) {
    const element = unwrap(inner.element);
    if (element !== null) yield* keysBelow(element, `${path}[]`);
  } else if (inner instanceof z.ZodRecord) {
    const value = unwrap(inner.valueType);
    if (value !== null) yield* keysBelow(value, `${path}.NAME`);
  } else if (inner instanceof z.ZodObject) {
    for (const [key, field] of Object.entries(inner.shape)) {
      const fieldSchema = unwrap(field);
      if (fieldSchema === null) continue;
      const keyPath = path === "" ? key : `${path}.${key}`;
      const description = field.description ?? fieldSchema.description;
      yield {
        path: keyPath,
        schema: description === undefined ? fieldSchema : fieldSchema.describe(description),
        isRequired: !(field instanceof z.ZodOptional),
      };
      yield* keysBelow(fieldSchema, keyPath);
    }
  }
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [
    "",
    `| ${head.join(" | ")} |`,
    `|${head.map(() => "---").join("|")}|`,
    ...rows.map((row) => `| ${row.join(" | ")} |`),
  ];
}

function kindOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodArray) return "list";
  if (schema instanceof z.ZodRecord) return "names and values";
  if (schema instanceof z.ZodObject) return "mapping";
  if (schema instanceof z.ZodBoolean) return KIND_NAMES.switch;
  return schema instanceof z.ZodString ? "text" : "number or text";
}

function structureRows(keys: readonly Key[]): readonly (readonly string[])[] {
  return keys.map(({ path, schema, isRequired }) => [
    `\`${path}\``,
    kindOf(schema) + (isRequired ? ", required" : ""),
    cell(schema.description ?? ""),
  ]);
}

/** The page in Markdown, from every setting that the file may contain. */
export function renderConfigPage(settings: readonly SettingDefinition[]): string {
  const names = new Map(settings.map((setting) => [keysOf(setting.name).join("."), setting]));
  const all = [...keysBelow(fileSchema(settings))];
  const isKeyword = ({ path }: Key) =>
    /^(?:clusters\[\]\.(?:servers\[\]|connection)|servers\[\]|connection|probe\.modules\.NAME)\./.test(
      path,
    ) &&
    KEYWORDS.includes(path.slice(path.lastIndexOf(".") + 1));
  const isSettings = ({ path, schema }: Key) =>
    names.has(path) ||
    (schema instanceof z.ZodObject && [...names.keys()].some((name) => name.startsWith(`${path}.`)));
  const structure = all.filter((key) => !isSettings(key) && !isKeyword(key));
  const keywords = all.filter((key) => isKeyword(key) && key.path.startsWith("servers[]."))
    .map((key) => ({ ...key, path: key.path.slice("servers[].".length) }));
  return [
    "# Configuration file",
    "",
    "Written by `deno task docs` from the schema in the source; a test fails when the two differ.",
    "",
    "`--config.file=FILE` (or `PGREPL_CONFIG_FILE`) names a file in YAML 1.2. " +
    "[An example with every key](../compose/pg-replication-exporter.example.yml) explains more; editors complete and " +
    "check keys with [config.schema.json](config.schema.json), which the first line of the example names. " +
    "`pg-replication-exporter check-config` shows the effective configuration with the source of each value " +
    "([an example](CONNECTIONS.md#where-a-value-comes-from)), and with " +
    "`--connect` tries every server. All problems are reported at once, with file, line and column; no message repeats " +
    "a value from the file.",
    "",
    "- **Precedence:** flag, variable, file, default. Servers of " +
    "`--server` (or `PGREPL_SERVER`) replace all servers and clusters of the file; the file overrides the classic variables " +
    "(`PRIMARY_HOST`, `STANDBY_HOST`, `EXPORTER_PORT`).",
    "- **Connections:** parameters missing from a server are taken from `connection` of its cluster, then of the file, " +
    "then from `POSTGRES_*` and libpq's `PG*` variables. A key must not be given both by itself and in `dsn`.",
    "- **Paths** in keys of the file are relative to its directory; paths in `dsn` are relative to the working directory.",
    "- **Labels** must not have the name of a label of the program's own series, such as `instance`, `cluster` or " +
    "`slot`.",
    "- **YAML:** one document, only true and false for switches, no duplicate keys, no custom tags; anchors and aliases " +
    "are allowed. A key without a value counts as absent.",
    "",
    "## Clusters, servers and probes",
    ...table(["Key", "Value", "Meaning"], structureRows(structure)),
    "",
    "## Connection parameters",
    "",
    "Keys of a server and of `connection`; for a module of `/probe` all except host, port and service. They have the same " +
    "meaning as in libpq.",
    ...table(["Key", "Value", "Meaning"], structureRows(keywords)),
    "",
    "## Settings",
    "",
    "Every flag that does not belong to single commands: dots separate levels, dashes become underscores.",
    ...table(
      ["Key", "Value", "Default", "Flag", "Variable", "Meaning"],
      settings.map((setting) => [
        `\`${keysOf(setting.name).join(".")}\``,
        KIND_NAMES[setting.kind] + (setting.isRepeatable ? ", or a list" : ""),
        setting.default === null ? "" : `\`${cell(setting.default)}\``,
        `\`--${setting.name}\``,
        `\`${setting.variable}\``,
        cell(setting.help),
      ]),
    ),
    "",
  ].join("\n");
}
