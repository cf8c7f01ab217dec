/**
 * The JSON Schema of the configuration file for editors, from the schema that the exporter uses.
 *
 * @module
 */
import { z } from "zod";
import { fileSchema } from "../../src/config/file/schema.ts";
import type { SettingDefinition } from "../../src/config/file/file_config.ts";

/**
 * The whole schema in draft 7, which YAML's language server supports.
 *
 * @param settings Every setting that may be in the file.
 * @returns JSON; ends in a line feed.
 */
export function renderConfigSchema(settings: readonly SettingDefinition[]): string {
  const schema = z.toJSONSchema(fileSchema(settings), { target: "draft-7", io: "input" });
  const titled = { ...schema, title: "Configuration of pg-replication-exporter" };
  return `${JSON.stringify(titled, null, 2)}\n`;
}
