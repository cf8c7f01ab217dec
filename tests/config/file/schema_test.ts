import { assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { renderConfigSchema } from "../../../compose/build/config_schema.ts";
import { keysBelow } from "../../../compose/build/config_page.ts";
import { defineFlags } from "../../../src/cli/settings/flags.ts";
import { fileSettings, reservedLabels } from "../../../src/cli/settings/file_settings.ts";
import { collectors } from "../../../src/collectors/registry.ts";
import { SUPPORTED_KEYWORDS } from "../../../src/config/conninfo_keywords.ts";
import { loadConfigFile } from "../../../src/config/file/load.ts";
import { fileSchema } from "../../../src/config/file/schema.ts";
import { readCorpus } from "./corpus.ts";

const EXAMPLE = "compose/pg-replication-exporter.example.yml";
const settings = fileSettings(defineFlags(collectors));
const example = await Deno.readTextFile(new URL(`../../../${EXAMPLE}`, import.meta.url));
/** The example with every key that is behind a "#": no blank follows it, or, for what is below another key, two. */
const complete = example.replaceAll(/^( *)#(?=[a-z-]| {2})/gm, "$1");

function load(text: string) {
  return loadConfigFile({
    path: EXAMPLE,
    settings,
    readTextFile: (path) => Promise.resolve(path === EXAMPLE ? text : "a password"),
    reservedLabels: reservedLabels(collectors),
  });
}

/** Every key path of a value, lists as `[]`; keys below a name that the user chose as `NAME`. */
function pathsOf(value: unknown, path = ""): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, `${path}[]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, below]: [string, unknown]) => {
    if (path.endsWith("labels")) return [];
    const step = path === "probe.modules" ? "NAME" : key;
    const own = path === "" ? step : `${path}.${step}`;
    return [own, ...pathsOf(below, own)];
  });
}

Deno.test("the example is valid as it is, and with every key", async () => {
  for (const text of [example, complete]) assertEquals((await load(text)).problems, []);
});

Deno.test("every key of the schema occurs in the example", () => {
  const there = pathsOf(parse(complete));
  const last = (path: string) => path.slice(path.lastIndexOf(".") + 1);
  const connection = new Set([...SUPPORTED_KEYWORDS, "password_file"]);
  const names = new Set(there.map(last));
  const missing = [...keysBelow(fileSchema(settings))].map(({ path }) => path).filter((path) =>
    // Parameters of connections are the same everywhere: once is enough.
    connection.has(last(path))
      ? !names.has(last(path))
      : !path.startsWith("servers[].") && !there.includes(path)
  );
  assertEquals(missing, []);
});

Deno.test("the example shows the actual defaults", () => {
  const given: unknown = parse(complete);
  for (const setting of settings) {
    if (setting.default === null || setting.isRepeatable) continue;
    const path = setting.name.split(".").map((part) => part.replaceAll("-", "_"));
    let value: unknown = given;
    for (const key of path) {
      value = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
    }
    assertEquals(String(value), setting.default, setting.name);
  }
});

Deno.test("fileSchema() as JSON Schema accepts valid files, and rejects unknown keys", async () => {
  const isValid = new Ajv({ strict: false }).compile(JSON.parse(renderConfigSchema(settings)));
  for (const text of [example, complete, ...(await readCorpus("good")).map((each) => each.text)]) {
    const value: unknown = parse(text);
    // Editors flag a key without a value; the program takes it as not there.
    if (/^ +labels:$/m.test(text) && !text.includes("team:")) continue;
    if (text.startsWith("# A key without")) continue;
    assertEquals([isValid(value), isValid.errors], [true, null]);
  }
  assertEquals(isValid({ servers: [{ name: "a", dns: "host=a" }] }), false);
  assertEquals(isValid({ collect: { interval: 15 } }), false);
});

Deno.test("every key of the schema has a description", () => {
  for (const { path, schema } of keysBelow(fileSchema(settings))) {
    assertEquals((schema.description ?? "").length >= 5, true, path);
  }
});
