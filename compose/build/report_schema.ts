/**
 * The JSON Schema of reports: its structure from what reports are read with, its words from the model.
 *
 * @module
 */
import { z } from "zod";
import { REPORT_VERSION } from "../../src/report/model.ts";
import { reportSchema } from "../../src/report/schema.ts";

/** The doc comments of the model, by interface and key; the interface's own has the key "". */
type Descriptions = ReadonlyMap<string, ReadonlyMap<string, string>>;

const ROOT_NAME = "Report";
const INTERFACE = /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\nexport interface (\w+) \{\n([\s\S]*?)\n\}/g;
const KEY = /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\n {2}readonly (\w+):/g;

/**
 * Reads the doc comments of the model.
 *
 * @param source The text of the module.
 */
export function readDescriptions(source: string): Descriptions {
  const interfaces = source.matchAll(INTERFACE).map(([, doc = "", name = "", body = ""]) => {
    const keys = body.matchAll(KEY).map(([, own = "", key = ""]) => [key, toSentence(own)] as const);
    return [name, new Map([["", toSentence(doc)], ...keys])] as const;
  });
  return new Map(interfaces);
}

/** A doc comment without its stars, and with references to constants as their names. */
function toSentence(doc: string): string {
  return doc.replace(/\n\s*\*/g, "").replaceAll(/\{@linkcode REPORT_VERSION\}/g, String(REPORT_VERSION))
    .replaceAll(/\{@linkcode ([^}]+)\}/g, "$1").trim();
}

/**
 * The whole schema.
 *
 * @param modelSource The text of `src/report/model.ts` and of the files it has its parts from.
 * @returns JSON; ends in a line feed.
 * @throws {Error} When a key has no description: then the model does not have it.
 */
export function renderReportSchema(modelSource: string): string {
  const descriptions = readDescriptions(modelSource);
  const { $schema, $defs = {}, ...root } = z.toJSONSchema(reportSchema, { target: "draft-2020-12" });
  const defs = Object.fromEntries(
    Object.entries($defs).map(([name, schema]) => [name, describe(schema, { name, descriptions })]),
  );
  const schema = {
    $schema,
    title: `pg-replication-exporter report, version ${REPORT_VERSION}`,
    ...describe(root, { name: ROOT_NAME, descriptions }),
    $defs: defs,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** A schema with the words of its interface; what else it may hold is said plainly. */
function describe<T extends Pick<z.core.JSONSchema.JSONSchema, "properties" | "required">>(
  schema: T,
  { name, descriptions }: { readonly name: string; readonly descriptions: Descriptions },
): object {
  const words = descriptions.get(name);
  const said = (key: string): string => {
    const description = words?.get(key);
    if (description === undefined) throw new Error(`The model has no ${name}.${key} with a doc comment`);
    return description;
  };
  const properties = Object.entries(schema.properties ?? {}).map(([key, value]) => [
    key,
    { description: said(key), ...typeof value === "object" ? value : {} },
  ]);
  return {
    description: said(""),
    type: "object",
    properties: Object.fromEntries(properties),
    required: schema.required ?? [],
    additionalProperties: true,
  };
}
